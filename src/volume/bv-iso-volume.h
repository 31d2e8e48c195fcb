/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_ISO_VOLUME (bv_iso_volume_get_type ())

G_DECLARE_DERIVABLE_TYPE (BvIsoVolume, bv_iso_volume, BV, ISO_VOLUME, BvVolume)

struct _BvIsoVolumeClass
{
  BvVolumeClass parent_class;
};

G_END_DECLS
