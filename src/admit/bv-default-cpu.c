/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default-private.h"

#include <string.h>

/* How far a running guest can grow where its manifest does not say. */
#define MAX_VCPUS 512

static void
request (BvApiResourceRequirements *resources, const char *name, const BvQuantity *amount,
         BvArena *arena)
{
  guint n = resources->n_requests;
  BvQuantityPair *pairs = bv_arena_alloc (arena, (n + 1) * sizeof *pairs);
  BvQuantity *given =
      (BvQuantity *)bv_quantity_map_get (resources->requests, resources->n_requests, name);

  if (given != NULL)
    {
      *given = *amount;
      return;
    }
  if (n > 0)
    memcpy (pairs, resources->requests, n * sizeof *pairs);
  pairs[n] = (BvQuantityPair){ name, *amount };
  resources->requests = pairs;
  resources->n_requests = n + 1;
}

/* A limit on CPUs is also the request where there is none. */
static void
request_limit (BvApiDomainSpec *domain, BvArena *arena)
{
  BvApiResourceRequirements *resources = domain->resources;
  const BvQuantity *limit;
  const BvQuantity *requested;

  if (resources == NULL)
    return;
  limit = bv_quantity_map_get (resources->limits, resources->n_limits, "cpu");
  requested = bv_quantity_map_get (resources->requests, resources->n_requests, "cpu");
  if (limit != NULL && !bv_quantity_is_zero (limit) &&
      (requested == NULL || bv_quantity_is_zero (requested)))
    request (resources, "cpu", limit, arena);
}

/* KubeVirt's own request is not written down: it is what an absent one means. */
void
bv_default_requests (BvApiDomainSpec *domain, BvPolicy *policy, BvArena *arena)
{
  const char *text = bv_policy_peek_default (policy, BV_POLICY_DEFAULT_CPU_REQUEST);
  const char *own = bv_policy_default_get_value (BV_POLICY_DEFAULT_CPU_REQUEST);
  BvApiResourceRequirements *resources;
  BvQuantity amount = { 0 };

  request_limit (domain, arena);
  if (text[0] == '\0' || g_str_equal (text, own) ||
      (domain->cpu != NULL && domain->cpu->dedicated_cpu_placement) ||
      !bv_quantity_parse (bv_arena_strdup (arena, text), &amount))
    return;
  if (domain->resources == NULL)
    domain->resources = bv_arena_alloc (arena, sizeof *domain->resources);
  resources = domain->resources;
  if (bv_quantity_map_get (resources->requests, resources->n_requests, "cpu") == NULL)
    request (resources, "cpu", &amount, arena);
}

static gint64
default_sockets (const BvApiResourceRequirements *resources)
{
  const BvQuantity *cpus;

  if (resources == NULL)
    return 1;
  cpus = bv_quantity_map_get (resources->limits, resources->n_limits, "cpu");
  if (cpus == NULL)
    cpus = bv_quantity_map_get (resources->requests, resources->n_requests, "cpu");
  return cpus == NULL ? 1 : CLAMP (bv_quantity_value (cpus), 0, G_MAXUINT32);
}

/* A topology that is given in part stays; its zeros count as one. */
void
bv_default_topology (BvApiDomainSpec *domain, BvArena *arena)
{
  BvApiCPU *cpu = domain->cpu;

  if (cpu == NULL)
    cpu = domain->cpu = bv_arena_alloc (arena, sizeof *domain->cpu);
  if (cpu->cores != 0 || cpu->sockets != 0 || cpu->threads != 0)
    return;
  bv_api_cpu_set_sockets (cpu, default_sockets (domain->resources));
  bv_api_cpu_set_cores (cpu, 1);
  bv_api_cpu_set_threads (cpu, 1);
}

/* As KubeVirt, zeros in the rest of the topology count as none here. */
void
bv_default_max_sockets (BvApiCPU *cpu, BvPolicy *policy)
{
  gint64 given = bv_policy_get_default_number (policy, BV_POLICY_DEFAULT_MAX_CPU_SOCKETS);
  gint64 ratio = bv_policy_get_default_number (policy, BV_POLICY_DEFAULT_MAX_HOTPLUG_RATIO);
  guint64 in_socket = (guint64)cpu->cores * (guint64)cpu->threads;
  guint64 most = MIN ((guint64)(cpu->sockets * ratio), G_MAXUINT32);

  if (cpu->max_sockets != 0)
    return;
  if (given != 0)
    {
      bv_api_cpu_set_max_sockets (cpu, MAX (given, cpu->sockets));
      return;
    }
  if (in_socket > 0 && most > MAX_VCPUS / in_socket)
    most = MAX (MAX_VCPUS / in_socket, (guint64)cpu->sockets);
  if (most > 0)
    bv_api_cpu_set_max_sockets (cpu, (gint64)most);
}

void
bv_default_cpu_model (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  BvApiCPU *cpu = spec->domain->cpu;

  if (!bv_default_is_empty (cpu->model))
    return;
  cpu->model =
      bv_default_is_architecture (spec, "arm64")
          ? "host-passthrough"
          : bv_arena_strdup (arena, bv_policy_peek_default (policy, BV_POLICY_DEFAULT_CPU_MODEL));
}
