/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-empty-disk-volume.h"

/* A disk that is empty at first and ends with the VMI. */
struct _BvEmptyDiskVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvEmptyDiskVolume, bv_empty_disk_volume, BV_TYPE_VOLUME)

static void
bv_empty_disk_volume_class_init (BvEmptyDiskVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "emptyDisk";
  volume_class->format = "qcow2";
  volume_class->discard = BV_VOLUME_DISCARD_ALWAYS;
}

static void
bv_empty_disk_volume_init (BvEmptyDiskVolume *self)
{
}
