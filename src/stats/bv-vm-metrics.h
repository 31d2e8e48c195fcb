/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-registry.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* What the metrics tell of the virtual machine ENTRY, whether or not its guest runs. */
void bv_vm_metrics_add (BvExposition *exposition, BvRegistry *registry, BvEntry *entry);

G_END_DECLS
