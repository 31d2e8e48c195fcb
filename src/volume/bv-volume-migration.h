/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

/* What the caller knows about other hosts' view of a volume. */
typedef BvVolumeSharing (*BvVolumeSharingFunc) (const BvApiVolume *record, gpointer user_data);

BvVolumeMigration bv_volumes_get_migration (const BvApiVirtualMachineInstanceSpec *spec,
                                            BvVolumeSharingFunc get_sharing, gpointer user_data,
                                            GPtrArray *reasons);

G_END_DECLS
