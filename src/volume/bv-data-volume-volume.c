/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-data-volume-volume.h"

/* A DataVolume: a claim that is filled once. */
struct _BvDataVolumeVolume
{
  BvClaimVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvDataVolumeVolume, bv_data_volume_volume, BV_TYPE_CLAIM_VOLUME)

static const char *
get_claim_name (const BvApiVolume *record)
{
  return record->data_volume->name;
}

static void
bv_data_volume_volume_class_init (BvDataVolumeVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "dataVolume";
  volume_class->get_claim_name = get_claim_name;
}

static void
bv_data_volume_volume_init (BvDataVolumeVolume *self)
{
}
