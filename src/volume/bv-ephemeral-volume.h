/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_EPHEMERAL_VOLUME (bv_ephemeral_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvEphemeralVolume, bv_ephemeral_volume, BV, EPHEMERAL_VOLUME, BvVolume)

G_END_DECLS
