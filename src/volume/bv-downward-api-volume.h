/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_DOWNWARD_API_VOLUME (bv_downward_api_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvDownwardApiVolume, bv_downward_api_volume, BV, DOWNWARD_API_VOLUME,
                      BvIsoVolume)

G_END_DECLS
