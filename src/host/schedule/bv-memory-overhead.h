/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* The bytes that a guest takes beside its own memory, by KubeVirt's estimate; RATIO multiplies it.
 */
guint64 bv_memory_overhead_of (const BvApiVirtualMachineInstanceSpec *spec,
                               const char *architecture, double ratio);

G_END_DECLS
