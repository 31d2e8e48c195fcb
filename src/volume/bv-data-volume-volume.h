/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-claim-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_DATA_VOLUME_VOLUME (bv_data_volume_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvDataVolumeVolume, bv_data_volume_volume, BV, DATA_VOLUME_VOLUME,
                      BvClaimVolume)

G_END_DECLS
