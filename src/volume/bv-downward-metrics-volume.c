/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-downward-metrics-volume.h"

/* Figures about the host that the guest may read. */
struct _BvDownwardMetricsVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvDownwardMetricsVolume, bv_downward_metrics_volume, BV_TYPE_VOLUME)

static void
bv_downward_metrics_volume_class_init (BvDownwardMetricsVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "downwardMetrics";
  volume_class->read_only = TRUE;
  volume_class->bare_driver = TRUE;
}

static void
bv_downward_metrics_volume_init (BvDownwardMetricsVolume *self)
{
}
