/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-no-cloud-volume.h"

/* First-boot data for cloud-init, in the form of its NoCloud data source. */
struct _BvNoCloudVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvNoCloudVolume, bv_no_cloud_volume, BV_TYPE_ISO_VOLUME)

static void
bv_no_cloud_volume_class_init (BvNoCloudVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "cloudInitNoCloud";
}

static void
bv_no_cloud_volume_init (BvNoCloudVolume *self)
{
}
