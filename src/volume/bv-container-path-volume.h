/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_CONTAINER_PATH_VOLUME (bv_container_path_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvContainerPathVolume, bv_container_path_volume, BV, CONTAINER_PATH_VOLUME,
                      BvVolume)

G_END_DECLS
