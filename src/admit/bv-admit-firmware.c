/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

#define UUID_DIGITS 32

/* As libvirt reads it: dashes may stand anywhere, or nowhere. */
static gboolean
is_uuid (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    {
      if (*text == '-')
        continue;
      if (!g_ascii_isxdigit (*text))
        return FALSE;
      n++;
    }
  return n == UUID_DIGITS;
}

/* Firmware reads words; XML could not even hold the rest. */
static void
admit_text (BvAdmission *self, const char *field, const char *text)
{
  for (const char *at = text == NULL ? "" : text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      {
        bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.%s", field),
                             _ ("There is a control character in this text; write it on one line "
                                "without tabs."));
        return;
      }
}

static void
admit_table (BvAdmission *self, const char *field, const char *name)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;

  if (!bv_text_is_given (name))
    return;
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      if (g_strcmp0 (spec->volumes[i]->name, name) != 0)
        continue;
      if (spec->volumes[i]->secret == NULL)
        bv_admission_refuse (self, BV_REASON_INVALID,
                             bv_admission_path (self, "domain.firmware.acpi.%s", field),
                             _ ("An ACPI table is taken from a secret, and the volume “%s” is "
                                "none."),
                             name);
      return;
    }
  bv_admission_refuse (self, BV_REASON_INVALID,
                       bv_admission_path (self, "domain.firmware.acpi.%s", field),
                       _ ("There is no volume “%s”; add one with a secret to spec.volumes."), name);
}

static void
admit_acpi (BvAdmission *self, const BvApiACPI *acpi)
{
  if (!bv_text_is_given (acpi->slic_name_ref) && !bv_text_is_given (acpi->msdm_name_ref))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.firmware.acpi"),
                         _ ("acpi names no table; add slicNameRef or msdmNameRef, or remove it."));
  admit_table (self, "slicNameRef", acpi->slic_name_ref);
  admit_table (self, "msdmNameRef", acpi->msdm_name_ref);
}

static void
admit_path (BvAdmission *self, const char *field, const char *path)
{
  if (!bv_text_is_given (path) || bv_text_is_clean_path (path))
    return;
  bv_admission_refuse (self, BV_REASON_INVALID,
                       bv_admission_path (self, "domain.firmware.kernelBoot.container.%s", field),
                       _ ("“%s” is no absolute path of a file; write one without “.” and “..”, "
                          "such as /boot/vmlinuz."),
                       path);
}

static void
admit_kernel_boot (BvAdmission *self, const BvApiKernelBoot *boot)
{
  const BvApiKernelBootContainer *container = boot->container;

  if (container == NULL)
    {
      if (bv_text_is_given (boot->kernel_args))
        bv_admission_refuse (self, BV_REASON_INVALID,
                             bv_admission_path (self, "domain.firmware.kernelBoot.kernelArgs"),
                             _ ("These are arguments of a kernel that is not given; add container, "
                                "or remove them."));
      return;
    }
  if (container->image != NULL && container->image[0] == '\0')
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         bv_admission_path (self, "domain.firmware.kernelBoot.container.image"),
                         _ ("The image is empty; name the one that holds the kernel."));
  if (!bv_text_is_given (container->kernel_path) && !bv_text_is_given (container->initrd_path))
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         bv_admission_path (self, "domain.firmware.kernelBoot.container"),
                         _ ("The container says neither where its kernel is nor its initial RAM "
                            "disk; add kernelPath or initrdPath."));
  admit_text (self, "firmware.kernelBoot.kernelArgs", boot->kernel_args);
  admit_path (self, "kernelPath", container->kernel_path);
  admit_path (self, "initrdPath", container->initrd_path);
}

static void
admit_bootloader (BvAdmission *self, const BvApiBootloader *bootloader)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiEFI *efi = bootloader->efi;
  gboolean has_tdx = domain->launch_security != NULL && domain->launch_security->tdx != NULL;
  gboolean has_smm = domain->features->smm != NULL && domain->features->smm->enabled;

  if (efi != NULL && bootloader->bios != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.firmware.bootloader"),
                         _ ("A guest starts with EFI or BIOS; keep one of the two."));
  if (efi == NULL || has_smm || has_tdx || (bv_api_efi_has_secure_boot (efi) && !efi->secure_boot))
    return;
  bv_admission_refuse (self, BV_REASON_INVALID,
                       bv_admission_path (self, "domain.firmware.bootloader.efi.secureBoot"),
                       _ ("Secure boot, which efi asks for unless it says secureBoot: false, needs "
                          "system management mode; add features: {smm: {}}, or write secureBoot: "
                          "false."));
}

static void
admit_chassis (BvAdmission *self, const BvApiChassis *chassis)
{
  admit_text (self, "chassis.asset", chassis->asset);
  admit_text (self, "chassis.manufacturer", chassis->manufacturer);
  admit_text (self, "chassis.serial", chassis->serial);
  admit_text (self, "chassis.sku", chassis->sku);
  admit_text (self, "chassis.version", chassis->version);
}

void
bv_admit_firmware (BvAdmission *self)
{
  const BvApiFirmware *firmware = self->spec->domain->firmware;

  if (!is_uuid (firmware->uuid))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.firmware.uuid"),
                         _ ("“%s” is no UUID; write one such as "
                            "5d307ca9-b3ef-428c-8861-06e72d69f223, or leave it out."),
                         firmware->uuid);
  admit_text (self, "firmware.serial", firmware->serial);
  if (self->spec->domain->chassis != NULL)
    admit_chassis (self, self->spec->domain->chassis);
  if (firmware->acpi != NULL)
    admit_acpi (self, firmware->acpi);
  if (firmware->kernel_boot != NULL)
    admit_kernel_boot (self, firmware->kernel_boot);
  if (firmware->bootloader != NULL)
    admit_bootloader (self, firmware->bootloader);
}
