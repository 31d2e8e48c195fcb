/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_CONFIG_DRIVE_VOLUME (bv_config_drive_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvConfigDriveVolume, bv_config_drive_volume, BV, CONFIG_DRIVE_VOLUME,
                      BvIsoVolume)

G_END_DECLS
