/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-host-disk-volume.h"

#include <glib/gi18n-lib.h>

/* An image file of the host. */
struct _BvHostDiskVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvHostDiskVolume, bv_host_disk_volume, BV_TYPE_VOLUME)

static BvVolumeMigration
get_migration (const BvVolumeClass *class, const BvApiVolume *record, BvVolumeSharing sharing,
               char **reason)
{
  if (record->host_disk->shared || sharing == BV_VOLUME_SHARING_ALL)
    return BV_VOLUME_MIGRATION_SHARED;
  *reason = g_strdup_printf (_ ("The host disk %s is not shared; a VMI migrates only with host "
                                "disks that say “shared: true”."),
                             record->name);
  return BV_VOLUME_MIGRATION_IMPOSSIBLE;
}

static void
bv_host_disk_volume_class_init (BvHostDiskVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "hostDisk";
  volume_class->hotpluggable = TRUE;
  volume_class->get_migration = get_migration;
}

static void
bv_host_disk_volume_init (BvHostDiskVolume *self)
{
}
