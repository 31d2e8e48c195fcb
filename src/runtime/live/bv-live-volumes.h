/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Disks that are plugged in and out, and media of CD-ROM drives: the claims of hotpluggable
 * volumes. */
extern const BvLiveUpdater bv_live_volumes;

/* Disks whose claims have grown. */
extern const BvLiveUpdater bv_live_expansion;

/* Whether VOLUME may come and go while the guest runs. */
gboolean bv_live_volume_is_hotpluggable (const BvApiVolume *volume);
/* Whether a running guest can be given a drive like DISK; its bus must be said. */
gboolean bv_live_disk_is_pluggable (const BvApiDisk *disk);

/* NULL where there is none. */
const BvApiVolume *bv_live_find_volume (const BvApiVirtualMachineInstanceSpec *spec,
                                        const char *name);
const BvApiDisk *bv_live_find_disk (const BvApiVirtualMachineInstanceSpec *spec, const char *name);

/* The worker's part, in bv-live-disks.c. */
gboolean bv_live_disks_apply (BvLiveChange *change, GError **error);

G_END_DECLS
