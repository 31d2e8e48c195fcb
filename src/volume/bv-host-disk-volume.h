/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_HOST_DISK_VOLUME (bv_host_disk_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvHostDiskVolume, bv_host_disk_volume, BV, HOST_DISK_VOLUME, BvVolume)

G_END_DECLS
