/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* Looks at what the image or device in FACTS lies on: whether it can be used past the host's cache,
 * whether its room is taken, and the sizes of its blocks where the disk wants them. One that cannot
 * be looked at is left to QEMU. Blocks: for worker threads. */
gboolean bv_volume_storage_look (const BvVolumeWork *work, const BvApiVolume *volume,
                                 BvVolumeFacts *facts, GError **error);

G_END_DECLS
