/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-downward-api-volume.h"

/* What the manifest says of the VMI itself, as files. */
struct _BvDownwardApiVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvDownwardApiVolume, bv_downward_api_volume, BV_TYPE_ISO_VOLUME)

static void
bv_downward_api_volume_class_init (BvDownwardApiVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "downwardAPI";
}

static void
bv_downward_api_volume_init (BvDownwardApiVolume *self)
{
}
