/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-config-drive-volume.h"

/* First-boot data for cloud-init or Ignition, in the form of the ConfigDrive data source. */
struct _BvConfigDriveVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvConfigDriveVolume, bv_config_drive_volume, BV_TYPE_ISO_VOLUME)

static void
bv_config_drive_volume_class_init (BvConfigDriveVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "cloudInitConfigDrive";
}

static void
bv_config_drive_volume_init (BvConfigDriveVolume *self)
{
}
