/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-config-map-volume.h"

/* The entries of a ConfigMap, as files. */
struct _BvConfigMapVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvConfigMapVolume, bv_config_map_volume, BV_TYPE_ISO_VOLUME)

static void
bv_config_map_volume_class_init (BvConfigMapVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "configMap";
}

static void
bv_config_map_volume_init (BvConfigMapVolume *self)
{
}
