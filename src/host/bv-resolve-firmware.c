/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-kept-state.h"
#include "host/bv-resolve-private.h"
#include "host/schedule/bv-host-check.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-vmi-private.h"

static gboolean
is_persistent (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec->domain->firmware->bootloader->efi->persistent;
}

/* libvirt makes the file from the template where it is not there, and gives it to QEMU. */
static char *
get_nvram (const BvVolumeWork *work, const BvApiVirtualMachineInstanceSpec *spec)
{
  g_autofree char *file =
      g_strconcat (bv_object_get_name (BV_OBJECT (work->vmi)), "_VARS.fd", NULL);

  if (is_persistent (spec) && work->lasting_uid != NULL)
    return bv_kept_state_build_nvram_path (work->state_directory, work->lasting_uid);
  return g_build_filename (work->disk_folder, file, NULL);
}

static gboolean
make_folder (const BvVolumeWork *work, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return work->dry_run || bv_volume_folder_make (folder, work->group, error);
}

static void
tell_lack (const BvFirmwareWish *wish, GPtrArray *lacks)
{
  const char *kind = wish->sev_snp       ? _ ("by EFI under SEV-SNP")
                     : wish->tdx         ? _ ("by EFI under TDX")
                     : wish->sev_es      ? _ ("by EFI under SEV-ES")
                     : wish->sev         ? _ ("by EFI under SEV")
                     : wish->secure_boot ? _ ("by EFI with secure boot")
                                         : _ ("by EFI");

  g_ptr_array_add (lacks,
                   g_strdup_printf (_ ("It boots %s on a machine %s, and no firmware descriptor of "
                                       "this host tells of an image for that; install OVMF (AAVMF "
                                       "on arm64)."),
                                    kind, wish->machine));
}

/* Looks for the image, or tells that there is none. It is looked for at each start: a package that
 * was installed meanwhile counts. */
void
bv_resolve_find_firmware (BvResolver *self, GPtrArray *lacks)
{
  g_auto (GStrv) folders = bv_firmware_get_folders ();
  BvFirmwareWish wish;

  if (!bv_host_check_get_wish (self->spec, &wish))
    return;
  self->firmwares = bv_firmware_list ((const char *const *)folders, NULL);
  self->firmware = bv_firmware_choose (self->firmwares, &wish);
  if (self->firmware == NULL)
    tell_lack (&wish, lacks);
}

gboolean
bv_resolve_firmware (BvResolver *self, GError **error)
{
  const BvFirmware *firmware = self->firmware;
  g_autofree char *nvram = NULL;

  if (firmware == NULL)
    return TRUE;
  nvram = get_nvram (self->work, self->spec);
  if (firmware->vars != NULL && !make_folder (self->work, nvram, error))
    return FALSE;
  json_builder_set_member_name (self->builder, "efi");
  json_builder_begin_object (self->builder);
  bv_resolver_add_string (self, "code", firmware->code);
  if (firmware->vars != NULL)
    {
      bv_resolver_add_string (self, "vars", firmware->vars);
      bv_resolver_add_string (self, "nvram", nvram);
    }
  json_builder_end_object (self->builder);
  return TRUE;
}

gboolean
bv_resolve_tpm (BvResolver *self, GError **error)
{
  const BvVolumeWork *work = self->work;
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiTPMDevice *tpm = domain->devices != NULL ? domain->devices->tpm : NULL;

  if (work->dry_run || work->lasting_uid == NULL || tpm == NULL || !tpm->persistent ||
      (bv_api_tpm_device_has_enabled (tpm) && !tpm->enabled) || domain->firmware == NULL ||
      domain->firmware->uuid == NULL)
    return TRUE;
  return bv_kept_state_note_tpm (work->state_directory, work->lasting_uid, domain->firmware->uuid,
                                 error);
}
