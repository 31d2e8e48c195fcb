/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* Makes the image of a downwardMetrics volume; see BvVolumePreparer. */
gboolean bv_metrics_disk_make (const BvVolumeWork *work, const BvApiVolume *volume,
                               const char *path, GError **error);

/* Writes TEXT into the image at PATH, which a guest may read meanwhile: it finds the image locked,
 * or whole. Blocks: for worker threads. */
gboolean bv_metrics_disk_write (const char *path, const char *text, GError **error);

G_END_DECLS
