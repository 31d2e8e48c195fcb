/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "convert/bv-context.h"
#include "host/schedule/bv-guest-needs.h"
#include "host/volume/bv-volume-preparer.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* What the volumes and networks of WORK's VMI are on this host. Blocks, and makes what has to be
 * made, unless it is a dry run: for worker threads. VOLUMES, a bv_volume_facts_table_new() or NULL,
 * gets the facts about the volumes. */
BvContext *bv_resolve_context (const BvVolumeWork *work, GHashTable *volumes, GError **error);

/* The domain of WORK's VMI, as this host's libvirt takes it; CHANGES tells what adaptation did. */
GVirConfigDomain *bv_resolve_domain (const BvVolumeWork *work, BvContext *context,
                                     GPtrArray **changes, GError **error);

/* Makes the networks of a guest that runs already known again, and those of ours that are gone.
 * Blocks: for worker threads. */
gboolean bv_resolve_restore_networks (const BvVolumeWork *work, GError **error);

/* The interface NAME of a guest that runs as its domain would have it, and its network, which is
 * made; NULL on error. And takes the network back. Both block: for worker threads. */
char *bv_resolve_interface (const BvVolumeWork *work, const char *name, GError **error);
void bv_resolve_leave_network (const BvVolumeWork *work, const char *name);

/* Reserves what the guest, which runs, takes once it needs NEEDS and has DEVICES, or NULL. And
 * gives the device of that name back. Both are for worker threads. */
gboolean bv_resolve_grow (const BvVolumeWork *work, const BvGuestNeeds *needs,
                          const BvApiDevices *devices, GError **error);
void bv_resolve_leave_device (const BvVolumeWork *work, const char *name);

/* The only one of DEVICES, a host device or a GPU that is reserved, as the domain would have it. */
char *bv_resolve_device (const BvVolumeWork *work, const BvApiDevices *devices, GError **error);

/* Where QEMU waits for what a guest's downwardMetrics device is to read. */
char *bv_resolve_build_metrics_socket (const char *runtime_directory);

/* Takes back what was prepared outside of the VMI's folders. Blocks: for worker threads. */
void bv_resolve_clean_up (const BvVolumeWork *work);

/* Keeps libvirt from changing the owner of images that lie below those of several guests; QEMU can
 * read them, and none may write. */
void bv_resolve_seal (GVirConfigDomain *domain, GHashTable *volumes);

G_END_DECLS
