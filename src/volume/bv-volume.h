/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_VOLUME (bv_volume_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (BvVolume, bv_volume, BV, VOLUME, GObject)

BV_AVAILABLE_IN_1_0
const char *bv_volume_get_name (BvVolume *self);
BV_AVAILABLE_IN_1_0
const char *bv_volume_get_source (BvVolume *self);
BV_AVAILABLE_IN_1_0
const char *bv_volume_get_claim_name (BvVolume *self);

G_END_DECLS
