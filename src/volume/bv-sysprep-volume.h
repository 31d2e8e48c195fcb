/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_SYSPREP_VOLUME (bv_sysprep_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvSysprepVolume, bv_sysprep_volume, BV, SYSPREP_VOLUME, BvIsoVolume)

G_END_DECLS
