/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-persistent-volume-claim-volume.h"

/* A PersistentVolumeClaim. */
struct _BvPersistentVolumeClaimVolume
{
  BvClaimVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvPersistentVolumeClaimVolume, bv_persistent_volume_claim_volume,
                     BV_TYPE_CLAIM_VOLUME)

static const char *
get_claim_name (const BvApiVolume *record)
{
  return record->persistent_volume_claim->claim_name;
}

static void
bv_persistent_volume_claim_volume_class_init (BvPersistentVolumeClaimVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "persistentVolumeClaim";
  volume_class->get_claim_name = get_claim_name;
}

static void
bv_persistent_volume_claim_volume_init (BvPersistentVolumeClaimVolume *self)
{
}
