/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-container-disk-volume.h"

/* A disk out of a container image. What the guest writes goes to an image above it, which ends with
 * the VMI. */
struct _BvContainerDiskVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvContainerDiskVolume, bv_container_disk_volume, BV_TYPE_VOLUME)

static void
bv_container_disk_volume_class_init (BvContainerDiskVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "containerDisk";
  volume_class->format = "qcow2";
  volume_class->discard = BV_VOLUME_DISCARD_ALWAYS;
  volume_class->overlay = TRUE;
}

static void
bv_container_disk_volume_init (BvContainerDiskVolume *self)
{
}
