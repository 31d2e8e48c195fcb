/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-sysprep-volume.h"

/* An answer file for the setup of Windows. */
struct _BvSysprepVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvSysprepVolume, bv_sysprep_volume, BV_TYPE_ISO_VOLUME)

static void
bv_sysprep_volume_class_init (BvSysprepVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "sysprep";
}

static void
bv_sysprep_volume_init (BvSysprepVolume *self)
{
}
