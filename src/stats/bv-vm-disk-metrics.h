/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-registry.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* The sizes of the claims that VM has as disks. LABELS are those of the VM. */
void bv_vm_disk_metrics_add (BvExposition *exposition, BvRegistry *registry, BvObject *vm,
                             const char *labels);

G_END_DECLS
