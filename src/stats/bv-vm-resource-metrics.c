/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vm-resource-metrics.h"

#include "admit/bv-resources.h"
#include "convert/bv-guest-memory.h"
#include "stats/bv-metric-families.h"

/* Where the samples of a VM go. */
typedef struct
{
  BvExposition *exposition;
  const char *labels;
  BvMetric family;
} Sink;

/* SOURCE is NULL where the metric does not tell it. */
static void
add (const Sink *sink, const char *resource, const char *unit, const char *source, guint64 value,
     BvScale scale)
{
  g_autoptr (GString) more = g_string_new (NULL);

  bv_exposition_add_label (more, "resource", resource);
  bv_exposition_add_label (more, "unit", unit);
  bv_exposition_add_label (more, "source", source);
  bv_exposition_add (sink->exposition, sink->family, sink->labels, more->str, value, scale);
}

static void
add_memory (const Sink *sink, const char *source, const BvQuantity *amount)
{
  if (bv_quantity_is_given (amount) && bv_quantity_sign (amount) > 0)
    add (sink, "memory", "bytes", source, (guint64)bv_quantity_value (amount), BV_SCALE_ONE);
}

static void
add_cpus (const Sink *sink, const char *source, const BvQuantity *amount)
{
  if (bv_quantity_sign (amount) > 0)
    add (sink, "cpu", "cores", source, (guint64)bv_quantity_milli_value (amount), BV_SCALE_MILLI);
}

/* What CPU has of each, or one of each where it is NULL and nothing else tells how many. */
static void
add_topology (const Sink *sink, const BvApiDomainSpec *domain)
{
  const BvApiCPU *cpu = domain->cpu;
  const struct
  {
    const char *unit;
    gint64 n;
  } parts[] = {
    { "cores", cpu != NULL ? cpu->cores : 1 },
    { "threads", cpu != NULL ? cpu->threads : 1 },
    { "sockets", cpu != NULL ? cpu->sockets : 1 },
  };
  guint64 vcpus = 1;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      vcpus *= (guint64)MAX (parts[i].n, 1);
      if (cpu != NULL ? parts[i].n > 0
                      : bv_quantity_is_zero (bv_resources_get_request (domain, "cpu")))
        add (sink, "cpu", parts[i].unit, cpu != NULL ? "domain" : "default", (guint64)parts[i].n,
             BV_SCALE_ONE);
    }
  add (sink, "cpu", "cores", "guest_effective", vcpus, BV_SCALE_ONE);
}

void
bv_vm_resource_metrics_add (BvExposition *exposition, const char *labels,
                            const BvApiDomainSpec *domain)
{
  const Sink requests = { exposition, labels, BV_METRIC_VM_REQUESTS };
  const Sink limits = { exposition, labels, BV_METRIC_VM_LIMITS };
  const BvApiMemory *memory = domain->memory;
  guint64 effective = bv_guest_memory_bytes (domain);
  BvQuantity page;

  add_memory (&requests, "domain", bv_resources_get_request (domain, "memory"));
  if (memory != NULL)
    add_memory (&requests, "guest", &memory->guest);
  if (memory != NULL && memory->hugepages != NULL && memory->hugepages->page_size != NULL &&
      bv_quantity_parse (memory->hugepages->page_size, &page))
    add_memory (&requests, "hugepages", &page);
  if (effective > 0)
    add (&requests, "memory", "bytes", "guest_effective", effective, BV_SCALE_ONE);
  add_topology (&requests, domain);
  add_cpus (&requests, "requests", bv_resources_get_request (domain, "cpu"));
  add_memory (&limits, NULL, bv_resources_get_limit (domain, "memory"));
  add_cpus (&limits, NULL, bv_resources_get_limit (domain, "cpu"));
}
