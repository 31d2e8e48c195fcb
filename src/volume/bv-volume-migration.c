/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-volume-migration.h"

#include "volume/bv-disk-private.h"

static gboolean
is_filesystem (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_filesystems; i++)
    if (g_strcmp0 (devices->filesystems[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_read_only_cdrom (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_disks; i++)
    if (devices->disks[i]->cdrom != NULL && g_strcmp0 (devices->disks[i]->name, name) == 0)
      return bv_disk_target_of (devices->disks[i]).read_only;
  return FALSE;
}

/* What the migration of a VMI has to do about its volumes: nothing where all are shared, or made
 * anew on the other host (filesystems, CD-ROMs that nobody writes to). REASONS, an array of texts,
 * gets for each that keeps it from moving why that is. */
BvVolumeMigration
bv_volumes_get_migration (const BvApiVirtualMachineInstanceSpec *spec,
                          BvVolumeSharingFunc get_sharing, gpointer user_data, GPtrArray *reasons)
{
  const BvApiDevices *devices = spec->domain->devices;
  BvVolumeMigration all = BV_VOLUME_MIGRATION_SHARED;

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *record = spec->volumes[i];
      const BvVolumeClass *class = bv_volume_class_of (record);
      BvVolumeMigration one;
      char *reason = NULL;

      if (class == NULL)
        continue;
      one = bv_volume_class_get_migration (class, record, get_sharing (record, user_data), &reason);
      if (reason != NULL)
        g_ptr_array_add (reasons, reason);
      if (one == BV_VOLUME_MIGRATION_COPIED &&
          (is_filesystem (devices, record->name) || is_read_only_cdrom (devices, record->name)))
        continue;
      all = MAX (all, one);
    }
  return all;
}
