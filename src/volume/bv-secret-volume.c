/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-secret-volume.h"

/* The entries of a Secret, as files. */
struct _BvSecretVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvSecretVolume, bv_secret_volume, BV_TYPE_ISO_VOLUME)

static void
bv_secret_volume_class_init (BvSecretVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "secret";
}

static void
bv_secret_volume_init (BvSecretVolume *self)
{
}
