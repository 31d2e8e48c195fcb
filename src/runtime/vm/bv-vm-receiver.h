/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "runtime/store/bv-registry.h"

G_BEGIN_DECLS

/* A VM that waits for the guest of another host: WaitAsReceiver, and no guest of its own. The VM
 * that comes with that guest takes its place. */

gboolean bv_vm_receiver_is_waiting (BvRegistry *registry, BvEntry *vm);

/* Whether a guest is on its way to VM. */
gboolean bv_vm_receiver_is_expecting (BvRegistry *registry, BvEntry *vm);
/* An error if so. */
gboolean bv_vm_receiver_check_free (BvRegistry *registry, BvEntry *vm, GError **error);

/* Whether what comes is what VM waits for: all of its spec but the run strategy. */
gboolean bv_vm_receiver_check_fits (BvEntry *vm, BvEntry *coming, BvPolicy *policy, GError **error);

/* COMING as it is stored in the place of VM. */
BvStoreRow *bv_vm_receiver_make_row (BvEntry *vm, const BvStoreRow *coming, GError **error);

G_END_DECLS
