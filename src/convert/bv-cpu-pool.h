/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-facts.h"

G_BEGIN_DECLS

/* Host CPUs that a guest has for itself, given out near one another: whole cores first. */
typedef struct _BvCpuPool BvCpuPool;

BvCpuPool *bv_cpu_pool_new (const BvFactsTopology *topology, const gint64 *cpus, guint n_cpus,
                            guint threads_per_core);
void bv_cpu_pool_free (BvCpuPool *self);
guint bv_cpu_pool_take_cores (BvCpuPool *self, guint n_cores, gboolean across_cells, GArray *taken);
gboolean bv_cpu_pool_take_cpu (BvCpuPool *self, guint32 *cpu);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCpuPool, bv_cpu_pool_free)

G_END_DECLS
