/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-claim-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_PERSISTENT_VOLUME_CLAIM_VOLUME (bv_persistent_volume_claim_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvPersistentVolumeClaimVolume, bv_persistent_volume_claim_volume, BV,
                      PERSISTENT_VOLUME_CLAIM_VOLUME, BvClaimVolume)

G_END_DECLS
