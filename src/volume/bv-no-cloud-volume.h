/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_NO_CLOUD_VOLUME (bv_no_cloud_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvNoCloudVolume, bv_no_cloud_volume, BV, NO_CLOUD_VOLUME, BvIsoVolume)

G_END_DECLS
