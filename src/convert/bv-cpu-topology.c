/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-cpu-topology.h"

static guint32
at_least_one (gint64 value)
{
  return value > 0 ? (guint32)MIN (value, G_MAXUINT32) : 1;
}

/* The sockets that the resources ask for, where the manifest lays out no CPUs. */
static guint32
sockets_of_resources (const BvApiResourceRequirements *resources)
{
  const BvQuantity *amount;

  if (resources == NULL)
    return 1;
  amount = bv_quantity_map_get (resources->limits, resources->n_limits, "cpu");
  if (amount == NULL)
    amount = bv_quantity_map_get (resources->requests, resources->n_requests, "cpu");
  return amount == NULL ? 1 : at_least_one (bv_quantity_value (amount));
}

/* What the guest starts with. Parts that are not given, or 0, count as one. */
BvCpuTopology
bv_cpu_topology_of (const BvApiDomainSpec *spec)
{
  const BvApiCPU *cpu = spec->cpu;

  if (cpu == NULL || (cpu->sockets == 0 && cpu->cores == 0 && cpu->threads == 0))
    return (BvCpuTopology){ sockets_of_resources (spec->resources), 1, 1 };
  return (BvCpuTopology){
    .sockets = at_least_one (cpu->sockets),
    .cores = at_least_one (cpu->cores),
    .threads = at_least_one (cpu->threads),
  };
}

/* As many as fit into 64 bits: three counts of 32 bits can be more. */
guint64
bv_cpu_topology_count (const BvCpuTopology *self)
{
  guint64 product = (guint64)self->sockets * self->cores;

  return g_uint64_checked_mul (&product, product, self->threads) ? product : G_MAXUINT64;
}

/* The vCPUs that the guest starts with, queues of its devices for one. */
guint
bv_vcpu_count (const BvApiDomainSpec *spec)
{
  BvCpuTopology topology = bv_cpu_topology_of (spec);

  return (guint)MIN (bv_cpu_topology_count (&topology), G_MAXUINT);
}

/* Each vCPU has a host CPU of its own. */
gboolean
bv_cpu_is_dedicated (const BvApiDomainSpec *spec)
{
  return spec->cpu != NULL && spec->cpu->dedicated_cpu_placement;
}
