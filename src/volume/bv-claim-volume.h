/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_CLAIM_VOLUME (bv_claim_volume_get_type ())

G_DECLARE_DERIVABLE_TYPE (BvClaimVolume, bv_claim_volume, BV, CLAIM_VOLUME, BvVolume)

struct _BvClaimVolumeClass
{
  BvVolumeClass parent_class;
};

G_END_DECLS
