/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include <glib/gi18n-lib.h>

/* How long the firmware waits for a key in a guest that starts paused. */
#define BOOT_MENU_TIMEOUT_MS 10000

static gboolean
is_secure_boot (const BvApiEFI *efi)
{
  return !bv_api_efi_has_secure_boot (efi) || efi->secure_boot;
}

static gboolean
is_confidential (const BvConversion *self)
{
  const BvApiLaunchSecurity *security = self->domain_spec->launch_security;

  return security != NULL &&
         (security->sev != NULL || security->snp != NULL || security->tdx != NULL);
}

/* Such guests keep no variables: what they boot must be measurable. */
static gboolean
is_stateless (const BvConversion *self)
{
  const BvApiLaunchSecurity *security = self->domain_spec->launch_security;

  return security != NULL && (security->snp != NULL || security->tdx != NULL);
}

static BvXml *
add_nvram (BvXml *os, const BvFactsEfi *facts)
{
  return bv_xml_add_text (os, "nvram", facts->nvram);
}

/* Where the host names no image but the guest wants secure boot, libvirt chooses: the firmware with
 * the keys of Microsoft and the distribution enrolled. */
static void
add_chosen_firmware (BvConversion *self, BvXml *os)
{
  static const char *const features[] = { "secure-boot", "enrolled-keys" };
  BvXml *firmware = bv_xml_add (os, "firmware");

  bv_xml_set (os, "firmware", "efi");
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++)
    {
      BvXml *feature = bv_xml_add (firmware, "feature");

      bv_xml_set_yes (feature, "enabled", TRUE);
      bv_xml_set (feature, "name", features[i]);
    }
  /* arm64's such firmware has a store of its own kind. */
  if (self->arch->pflash_secure_boot)
    bv_xml_set (add_nvram (os, self->facts->efi), "format", "raw");
}

static void
add_loader (BvConversion *self, BvXml *os, gboolean secure)
{
  const BvFactsEfi *facts = self->facts->efi;
  gboolean stateless = is_stateless (self);
  BvXml *loader = bv_xml_add_text (os, "loader", facts->code);

  bv_xml_set_yes (loader, "readonly", TRUE);
  bv_xml_set_yes (loader, "secure", secure);
  bv_xml_set (loader, "type", stateless ? "rom" : "pflash");
  if (!stateless)
    bv_xml_set (add_nvram (os, facts), "template", facts->vars);
}

static gboolean
add_efi (BvConversion *self, BvXml *os, const BvApiEFI *efi, GError **error)
{
  const BvFactsEfi *facts = self->facts->efi;
  const BvApiLaunchSecurity *security = self->domain_spec->launch_security;
  gboolean secure = is_secure_boot (efi);

  if (facts != NULL && facts->code != NULL)
    {
      /* TDX measures the firmware instead; libvirt's "secure" would ask for SMM. */
      add_loader (self, os, secure && (security == NULL || security->tdx == NULL));
      return TRUE;
    }
  if (facts != NULL && secure && !is_confidential (self))
    {
      add_chosen_firmware (self, os);
      return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               secure ? _ ("VMI %s boots by EFI with secure boot, and this host has no firmware "
                           "for that; install OVMF (AAVMF on arm64).")
                      : _ ("VMI %s boots by EFI, and this host has no firmware for that; install "
                           "OVMF (AAVMF on arm64)."),
               self->vmi->metadata->name);
  return FALSE;
}

static gboolean
add_bootloader (BvConversion *self, BvXml *os, const BvApiBootloader *bootloader, GError **error)
{
  if (bootloader == NULL)
    return TRUE;
  if (bootloader->bios != NULL && bootloader->bios->use_serial)
    bv_xml_set_yes (bv_xml_add (os, "bios"), "useserial", TRUE);
  return bootloader->efi == NULL || add_efi (self, os, bootloader->efi, error);
}

static gboolean
add_boot_file (BvConversion *self, BvXml *os, const char *element, const char *wanted,
               const char *path, GError **error)
{
  if (wanted == NULL || wanted[0] == '\0')
    return TRUE;
  if (path == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The host's facts do not tell where “%s” of the kernel boot container of "
                      "VMI %s is; give “kernelBoot.%s”."),
                   wanted, self->vmi->metadata->name, element);
      return FALSE;
    }
  bv_xml_add_text (os, element, path);
  return TRUE;
}

static gboolean
add_kernel_boot (BvConversion *self, BvXml *os, const BvApiKernelBoot *boot, GError **error)
{
  const BvFactsKernelBoot *facts = self->facts->kernel_boot;
  const BvApiKernelBootContainer *container = boot != NULL ? boot->container : NULL;

  if (boot == NULL)
    return TRUE;
  if (container != NULL && (!add_boot_file (self, os, "kernel", container->kernel_path,
                                            facts != NULL ? facts->kernel : NULL, error) ||
                            !add_boot_file (self, os, "initrd", container->initrd_path,
                                            facts != NULL ? facts->initrd : NULL, error)))
    return FALSE;
  if (boot->kernel_args != NULL && boot->kernel_args[0] != '\0')
    bv_xml_add_text (os, "cmdline", boot->kernel_args);
  return TRUE;
}

static const BvApiVolume *
find_volume (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return spec->volumes[i];
  return NULL;
}

static gboolean
add_acpi_table (BvConversion *self, BvXml *acpi, const char *type, const char *name, GError **error)
{
  const BvFactsContext *facts = self->facts;
  const BvFactsVolume *volume;
  const BvApiVolume *record;

  if (name == NULL || name[0] == '\0')
    return TRUE;
  record = find_volume (self->spec, name);
  if (record == NULL || record->secret == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("The ACPI table %s of VMI %s comes from “%s”, which is no volume with a "
                      "secret; name one that is."),
                   type, self->vmi->metadata->name, name);
      return FALSE;
    }
  volume = bv_record_map_get (facts->volumes, facts->n_volumes, name);
  if (volume == NULL || volume->acpi_table == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The host's facts name no file for the ACPI table %s; give "
                      "“volumes.%s.acpiTable”."),
                   type, name);
      return FALSE;
    }
  bv_xml_set (bv_xml_add_text (acpi, "table", volume->acpi_table), "type", type);
  return TRUE;
}

static gboolean
add_acpi (BvConversion *self, BvXml *os, const BvApiACPI *record, GError **error)
{
  BvXml *acpi;

  if (record == NULL)
    return TRUE;
  acpi = bv_xml_add (os, "acpi");
  if (!add_acpi_table (self, acpi, "slic", record->slic_name_ref, error) ||
      !add_acpi_table (self, acpi, "msdm", record->msdm_name_ref, error))
    return FALSE;
  if (!bv_xml_is_empty (acpi))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("VMI %s has “firmware.acpi” without a table; give slicNameRef or msdmNameRef."),
               self->vmi->metadata->name);
  return FALSE;
}

static gboolean
add_firmware (BvConversion *self, BvXml *os, GError **error)
{
  const BvApiFirmware *firmware = self->domain_spec->firmware;

  return firmware == NULL || (add_bootloader (self, os, firmware->bootloader, error) &&
                              add_kernel_boot (self, os, firmware->kernel_boot, error) &&
                              add_acpi (self, os, firmware->acpi, error));
}

/* The machine, its firmware, and what it boots. */
gboolean
bv_convert_os (BvConversion *self, GError **error)
{
  const BvApiMachine *machine = self->domain_spec->machine;
  BvXml *os = bv_xml_add (self->root, "os");
  BvXml *type = bv_xml_add_text (os, "type", "hvm");

  bv_xml_set (type, "arch", self->arch->libvirt_name);
  if (machine != NULL && machine->type != NULL && machine->type[0] != '\0')
    bv_xml_set (type, "machine", machine->type);
  else
    bv_xml_set (type, "machine", self->arch->machine);
  if (!add_firmware (self, os, error))
    return FALSE;
  if (self->arch->smbios)
    bv_xml_set (bv_xml_add (os, "smbios"), "mode", "sysinfo");
  if (g_strcmp0 (self->spec->start_strategy, "Paused") == 0)
    {
      BvXml *menu = bv_xml_add (os, "bootmenu");

      bv_xml_set_yes (menu, "enable", TRUE);
      bv_xml_set_uint (menu, "timeout", BOOT_MENU_TIMEOUT_MS);
    }
  return TRUE;
}
