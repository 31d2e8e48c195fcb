/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-guest-needs.h"

#include "admit/bv-resources.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-guest-memory.h"
#include "convert/bv-io-threads.h"
#include "convert/bv-numa.h"
#include "host/schedule/bv-memory-overhead.h"

#define EVEN_PARITY_ANNOTATION "alpha.kubevirt.io/EmulatorThreadCompleteToEvenParity"

/* More than any host has, and far from what a sum of such can hold. */
#define MOST_MEMORY (G_GUINT64_CONSTANT (1) << 56)

static guint64
get_bytes (const BvQuantity *amount)
{
  return (guint64)MAX (bv_quantity_value (amount), 0);
}

static guint64
get_millis (const BvQuantity *amount)
{
  return (guint64)MAX (bv_quantity_milli_value (amount), 0);
}

static gboolean
has_even_parity (const BvApiVirtualMachineInstance *vmi)
{
  const BvApiObjectMeta *metadata = vmi->metadata;

  return bv_string_map_get (metadata->annotations, metadata->n_annotations,
                            EVEN_PARITY_ANNOTATION) != NULL;
}

/* As bv_convert_pinning() hands them out. */
static void
count_dedicated (BvGuestNeeds *self, const BvApiVirtualMachineInstance *vmi)
{
  const BvApiDomainSpec *domain = vmi->spec->domain;
  BvIoThreads threads = bv_io_threads_of (domain);
  guint n_pinned = self->n_cores * self->n_threads + threads.pool;

  self->dedicated = TRUE;
  self->numa_mapped = bv_numa_is_passed_through (domain);
  self->n_others = threads.pool;
  if (domain->cpu->isolate_emulator_thread)
    self->n_others += has_even_parity (vmi) && n_pinned % 2 == 0 ? 2 : 1;
}

/* What is asked for counts, else a share of each vCPU. */
static void
count_shared (BvGuestNeeds *self, const BvApiDomainSpec *domain, const BvConfig *config)
{
  const BvQuantity *request = bv_resources_get_request (domain, "cpu");
  guint64 n = (guint64)self->n_cores * self->n_threads + bv_io_threads_of (domain).pool;
  guint64 ratio = (guint64)bv_config_get_integer (config, "cpu", "allocation-ratio");

  self->cpu_millis = bv_quantity_is_given (request) ? get_millis (request) : n * 1000 / ratio;
  self->cpu_limit = get_millis (bv_resources_get_limit (domain, "cpu"));
}

/* The memory that is asked for without the overhead: by itself, by the limit, or as a share of what
 * the guest sees. */
static guint64
get_memory_request (const BvApiDomainSpec *domain, const BvConfig *config)
{
  guint64 request = get_bytes (bv_resources_get_request (domain, "memory"));
  guint64 overcommit = (guint64)bv_config_get_integer (config, "memory", "overcommit");

  if (request == 0)
    request = get_bytes (bv_resources_get_limit (domain, "memory"));
  if (request == 0)
    request = MIN (bv_guest_memory_bytes (domain), MOST_MEMORY) * 100 / overcommit;
  return MIN (request, MOST_MEMORY);
}

static guint64
get_page_kib (const BvApiDomainSpec *domain)
{
  BvQuantity size;

  if (domain->memory == NULL || domain->memory->hugepages == NULL ||
      domain->memory->hugepages->page_size == NULL ||
      !bv_quantity_parse (domain->memory->hugepages->page_size, &size))
    return 0;
  return get_bytes (&size) / 1024;
}

/* The guest's memory is in huge pages, what is beyond it in others. */
static void
split_pages (BvGuestNeeds *self, const BvApiDomainSpec *domain, guint64 request, guint64 limit)
{
  guint64 guest = bv_guest_memory_bytes (domain);
  guint64 page = self->page_kib * 1024;

  self->n_pages = (guest + page - 1) / page;
  self->memory = (request > guest ? request - guest : 0) + self->overhead;
  if (limit > 0)
    self->memory_limit = (limit > guest ? limit - guest : 0) + self->overhead;
}

static void
count_memory (BvGuestNeeds *self, const BvApiDomainSpec *domain, const BvConfig *config)
{
  guint64 request = get_memory_request (domain, config);
  guint64 limit = get_bytes (bv_resources_get_limit (domain, "memory"));

  /* A guest with CPUs of its own may use what it asks for and no more. */
  if (self->dedicated)
    limit = request;
  self->page_kib = get_page_kib (domain);
  if (self->page_kib > 0)
    {
      split_pages (self, domain, request, limit);
      return;
    }
  self->memory = request;
  if (domain->resources == NULL || !domain->resources->overcommit_guest_overhead)
    self->memory += self->overhead;
  if (limit > 0)
    self->memory_limit = limit + self->overhead;
}

BvGuestNeeds
bv_guest_needs_of (const BvApiVirtualMachineInstance *vmi, const char *architecture,
                   const BvConfig *config)
{
  const BvApiDomainSpec *domain = vmi->spec->domain;
  BvCpuTopology topology = bv_cpu_topology_of (domain);
  BvGuestNeeds self = {
    .n_cores = topology.sockets * topology.cores,
    .n_threads = topology.threads,
    .overhead = bv_memory_overhead_of (vmi->spec, architecture,
                                       bv_config_get_ratio (config, "memory", "overhead-ratio")),
    .vsock = domain->devices != NULL && domain->devices->autoattach_vsock,
  };

  if (bv_cpu_is_dedicated (domain))
    count_dedicated (&self, vmi);
  else
    count_shared (&self, domain, config);
  count_memory (&self, domain, config);
  return self;
}

BvGuestNeeds
bv_guest_needs_of_grown (const BvApiVirtualMachineInstance *vmi, const char *architecture,
                         const BvConfig *config, guint64 plugged)
{
  const BvApiDomainSpec *domain = vmi->spec->domain;
  BvGuestNeeds self = bv_guest_needs_of (vmi, architecture, config);
  gboolean asks = get_bytes (bv_resources_get_request (domain, "memory")) > 0 ||
                  get_bytes (bv_resources_get_limit (domain, "memory")) > 0;

  /* Huge pages, and what a guest sees, are counted as they are now. */
  if (self.page_kib > 0 || !asks)
    return self;
  self.memory += plugged;
  if (self.memory_limit > 0)
    self.memory_limit += plugged;
  return self;
}

/* Of its own. */
guint
bv_guest_needs_count_cpus (const BvGuestNeeds *self)
{
  return self->dedicated ? self->n_cores * self->n_threads + self->n_others : 0;
}
