/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* Where the VMI hands VOLUME through as a LUN and lets the guest reserve it: starts the VMI's
 * qemu-pr-helper, through which QEMU does that, and puts its socket into FACTS. Nothing for other
 * volumes. Blocks: for worker threads. */
gboolean bv_lun_reservation_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                     BvVolumeFacts *facts, GError **error);

G_END_DECLS
