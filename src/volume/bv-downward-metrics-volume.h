/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_DOWNWARD_METRICS_VOLUME (bv_downward_metrics_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvDownwardMetricsVolume, bv_downward_metrics_volume, BV,
                      DOWNWARD_METRICS_VOLUME, BvVolume)

G_END_DECLS
