/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_CONFIG_MAP_VOLUME (bv_config_map_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvConfigMapVolume, bv_config_map_volume, BV, CONFIG_MAP_VOLUME, BvIsoVolume)

G_END_DECLS
