/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-preparer.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/metrics/bv-metrics-disk.h"
#include "host/volume/bv-iso-image.h"
#include "host/volume/bv-lun-reservation.h"
#include "host/volume/bv-virtiofs.h"
#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"
#include "host/volume/bv-volume-storage.h"
#include "model/bv-error.h"

#define USUAL_LABEL "cfgdata"

/* Row of a kind that is an ISO image. */
#define ISO(field, function)                                                                       \
  {                                                                                                \
    .offset = G_STRUCT_OFFSET (BvApiVolume, field), .format = "raw", .suffix = ".iso",             \
    .collect = function                                                                            \
  }

/* Row of a kind that a guest mounts. */
#define SHARE(field, function)                                                                     \
  {                                                                                                \
    .offset = G_STRUCT_OFFSET (BvApiVolume, field), .use = BV_VOLUME_USE_FILESYSTEM,               \
    .prepare = function                                                                            \
  }

static const BvVolumePreparer preparers[] = {
  ISO (cloud_init_no_cloud, bv_no_cloud_collect),
  ISO (cloud_init_config_drive, bv_config_drive_collect),
  ISO (config_map, bv_config_map_collect),
  ISO (secret, bv_secret_collect),
  ISO (sysprep, bv_sysprep_collect),
  ISO (downward_api, bv_downward_api_collect),
  ISO (service_account, bv_service_account_collect),
  { .offset = G_STRUCT_OFFSET (BvApiVolume, empty_disk),
    .format = "qcow2",
    .suffix = ".qcow2",
    .make = bv_empty_disk_make },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, downward_metrics),
    .format = "raw",
    .suffix = ".vhostmd",
    .make = bv_metrics_disk_make },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, container_disk), .prepare = bv_container_disk_prepare },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, host_disk),
    .prepare = bv_host_disk_prepare,
    .check_size = bv_host_disk_check_size },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, data_volume), .prepare = bv_data_volume_prepare },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, persistent_volume_claim),
    .prepare = bv_persistent_volume_claim_prepare },
  { .offset = G_STRUCT_OFFSET (BvApiVolume, ephemeral), .prepare = bv_ephemeral_prepare },
  SHARE (config_map, bv_virtiofs_prepare),
  SHARE (secret, bv_virtiofs_prepare),
  SHARE (downward_api, bv_virtiofs_prepare),
  SHARE (service_account, bv_virtiofs_prepare),
  SHARE (data_volume, bv_shared_claim_prepare),
  SHARE (persistent_volume_claim, bv_shared_claim_prepare),
  SHARE (host_disk, bv_shared_host_folder_prepare),
};

/* NULL for a kind that cannot be prepared. */
const BvVolumePreparer *
bv_volume_preparer_find (const BvApiVolume *volume, BvVolumeUse use)
{
  for (gsize i = 0; i < G_N_ELEMENTS (preparers); i++)
    if (preparers[i].use == use &&
        G_STRUCT_MEMBER (gconstpointer, volume, preparers[i].offset) != NULL)
      return &preparers[i];
  return NULL;
}

static const char *
get_folder (const BvVolumePreparer *self, const BvVolumeWork *work)
{
  return self->collect != NULL ? work->image_folder : work->disk_folder;
}

char *
bv_volume_preparer_get_path (const BvVolumePreparer *self, const BvVolumeWork *work,
                             const BvApiVolume *volume)
{
  g_autofree char *name = g_strconcat (volume->name, self->suffix, NULL);

  return g_build_filename (get_folder (self, work), name, NULL);
}

static gboolean
make_image (const BvVolumePreparer *self, const BvVolumeWork *work, const BvApiVolume *volume,
            const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = bv_volume_files_new ();
  const char *label = NULL;

  if (!self->collect (work, volume, files, &label, error))
    return FALSE;
  if (label == NULL || label[0] == '\0')
    label = USUAL_LABEL;
  return bv_iso_image_make (files, label, path, work->group, work->cancellable, error);
}

static gboolean
make_own (const BvVolumePreparer *self, const BvVolumeWork *work, const BvApiVolume *volume,
          BvVolumeFacts *facts, GError **error)
{
  GStatBuf status;

  facts->path = bv_volume_preparer_get_path (self, work, volume);
  facts->format = g_strdup (self->format);
  if (work->dry_run)
    return TRUE;
  if (!bv_volume_folder_make (get_folder (self, work), work->group, error))
    return FALSE;
  if (self->make != NULL)
    return self->make (work, volume, facts->path, error);
  if (!make_image (self, work, volume, facts->path, error))
    return FALSE;
  /* KubeVirt's status tells the size of images that are made of files, and of no others. */
  if (g_stat (facts->path, &status) == 0)
    facts->size = status.st_size;
  return TRUE;
}

gboolean
bv_volume_preparer_run (const BvVolumePreparer *self, const BvVolumeWork *work,
                        const BvApiVolume *volume, BvVolumeFacts *facts, GError **error)
{
  /* Admission refuses such names; here they would be the names of files. */
  if (strchr (volume->name, '/') != NULL || volume->name[0] == '.')
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("“%s” cannot be the name of a volume."), volume->name);
      return FALSE;
    }
  if (self->prepare != NULL ? !self->prepare (work, volume, facts, error)
                            : !make_own (self, work, volume, facts, error))
    return FALSE;
  return bv_lun_reservation_prepare (work, volume, facts, error) &&
         bv_volume_storage_look (work, volume, facts, error);
}
