/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* How the guest's CPUs are laid out. */
typedef struct
{
  guint32 sockets;
  guint32 cores;
  guint32 threads;
} BvCpuTopology;

BvCpuTopology bv_cpu_topology_of (const BvApiDomainSpec *spec);
guint64 bv_cpu_topology_count (const BvCpuTopology *self);
guint bv_vcpu_count (const BvApiDomainSpec *spec);
gboolean bv_cpu_is_dedicated (const BvApiDomainSpec *spec);

G_END_DECLS
