/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-ephemeral-volume.h"

/* A claim that stays as it is. What the guest writes goes to an image above it, which ends with the
 * VMI. */
struct _BvEphemeralVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvEphemeralVolume, bv_ephemeral_volume, BV_TYPE_VOLUME)

static const char *
get_claim_name (const BvApiVolume *record)
{
  const BvApiCorePersistentVolumeClaimVolumeSource *claim =
      record->ephemeral->persistent_volume_claim;

  return claim != NULL ? claim->claim_name : NULL;
}

static void
bv_ephemeral_volume_class_init (BvEphemeralVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "ephemeral";
  volume_class->format = "qcow2";
  volume_class->discard = BV_VOLUME_DISCARD_ALWAYS;
  volume_class->overlay = TRUE;
  volume_class->get_claim_name = get_claim_name;
}

static void
bv_ephemeral_volume_init (BvEphemeralVolume *self)
{
}
