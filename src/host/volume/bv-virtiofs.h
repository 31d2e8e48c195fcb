/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* Shares the volume with the guest; see BvVolumePreparer. */
gboolean bv_virtiofs_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                              BvVolumeFacts *facts, GError **error);

/* Shares FOLDER with the guest as VOLUME, and tells FACTS where QEMU finds its daemon. In a dry run
 * FOLDER is not looked at. */
gboolean bv_virtiofs_share (const BvVolumeWork *work, const BvApiVolume *volume, const char *folder,
                            gboolean read_only, BvVolumeFacts *facts, GError **error);

/* Whether a running guest sees what ConfigMaps, Secrets and its own metadata hold now. */
gboolean bv_virtiofs_is_used (BvVmi *vmi);

/* Brings what such volumes share up to date. Blocks: for worker threads. */
gboolean bv_virtiofs_update (const BvVolumeWork *work, GError **error);

G_END_DECLS
