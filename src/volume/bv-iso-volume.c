/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-iso-volume.h"

/* Files that the guest gets as an ISO image: first-boot data, or what other objects hold. */

G_DEFINE_ABSTRACT_TYPE (BvIsoVolume, bv_iso_volume, BV_TYPE_VOLUME)

static void
bv_iso_volume_class_init (BvIsoVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->iso = TRUE;
}

static void
bv_iso_volume_init (BvIsoVolume *self)
{
}
