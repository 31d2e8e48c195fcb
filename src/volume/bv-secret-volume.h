/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_SECRET_VOLUME (bv_secret_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvSecretVolume, bv_secret_volume, BV, SECRET_VOLUME, BvIsoVolume)

G_END_DECLS
