/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-pool.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-io-threads.h"
#include "convert/bv-numa.h"

#include <glib/gi18n-lib.h>

/* Its presence is enough. */
#define EVEN_PARITY_ANNOTATION "alpha.kubevirt.io/EmulatorThreadCompleteToEvenParity"

typedef struct
{
  BvConversion *conversion;
  const BvApiCPU *cpu;
  BvCpuPool *pool;
  GArray *host_cpus; /* guint32: of each vCPU */
  BvIoThreads threads;
  BvXml *tune;
  const char *emulator_cpus;
} Pinning;

static const char *
name_of (const Pinning *self)
{
  return self->conversion->vmi->metadata->name;
}

static void
pin (BvXml *tune, const char *element, const char *key, guint number, const char *cpus)
{
  BvXml *pin = bv_xml_add (tune, element);

  bv_xml_set_uint (pin, key, number);
  bv_xml_set (pin, "cpuset", cpus);
}

static void
pin_to_one (BvXml *tune, const char *element, const char *key, guint number, guint64 cpu)
{
  BvXml *pin = bv_xml_add (tune, element);

  bv_xml_set_uint (pin, key, number);
  bv_xml_set_uint (pin, "cpuset", cpu);
}

static gboolean
refuse (const Pinning *self, guint n_left, gboolean enough, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               enough ? _ ("VMI %s asks for CPUs of its own, and %u of its cores find no free ones "
                           "within one NUMA cell of this host.")
                      : _ ("VMI %s asks for CPUs of its own, and %u of its cores find no free ones "
                           "on this host."),
               name_of (self), n_left);
  return FALSE;
}

static gboolean
pin_vcpus (Pinning *self, const BvCpuTopology *topology, GError **error)
{
  gboolean across_cells = !bv_numa_is_passed_through (self->conversion->domain_spec);
  guint n_left = bv_cpu_pool_take_cores (self->pool, topology->sockets * topology->cores,
                                         across_cells, self->host_cpus);
  gboolean enough = self->conversion->facts->n_cpu_set >= bv_cpu_topology_count (topology);

  if (n_left > 0)
    return refuse (self, n_left, enough && !across_cells, error);
  for (guint i = 0; i < self->host_cpus->len; i++)
    pin_to_one (self->tune, "vcpupin", "vcpu", i, g_array_index (self->host_cpus, guint32, i));
  return TRUE;
}

static gboolean
take_cpu (Pinning *self, guint32 *cpu, const char *what, GError **error)
{
  if (bv_cpu_pool_take_cpu (self->pool, cpu))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("VMI %s asks for CPUs of its own, and there is no free one left for %s."),
               name_of (self), what);
  return FALSE;
}

/* Each thread of the pool has a CPU beside those of the vCPUs. */
static gboolean
pin_thread_pool (Pinning *self, GError **error)
{
  for (guint id = 1; id <= self->threads.pool; id++)
    {
      guint32 cpu;

      if (!take_cpu (self, &cpu, _ ("its I/O threads"), error))
        return FALSE;
      pin_to_one (self->tune, "iothreadpin", "iothread", id, cpu);
    }
  return TRUE;
}

static gboolean
wants_even_count (const Pinning *self)
{
  const BvApiObjectMeta *metadata = self->conversion->vmi->metadata;

  return bv_string_map_get (metadata->annotations, metadata->n_annotations,
                            EVEN_PARITY_ANNOTATION) != NULL;
}

/* A second CPU makes the sum even on hosts whose cores have two threads, so that no core is shared
 * with another guest. */
static gboolean
pin_emulator (Pinning *self, GError **error)
{
  guint n_pinned = self->host_cpus->len + self->threads.pool;
  guint32 first, second;

  if (!self->cpu->isolate_emulator_thread)
    return TRUE;
  if (!take_cpu (self, &first, _ ("the emulator thread"), error))
    return FALSE;
  self->emulator_cpus = bv_arena_printf (self->conversion->arena, "%u", first);
  if (wants_even_count (self) && n_pinned % 2 == 0)
    {
      if (!take_cpu (self, &second, _ ("the emulator thread's second CPU"), error))
        return FALSE;
      self->emulator_cpus = bv_arena_printf (self->conversion->arena, "%u,%u", first, second);
    }
  bv_xml_set (bv_xml_add (self->tune, "emulatorpin"), "cpuset", self->emulator_cpus);
  return TRUE;
}

/* Divides the first vCPUs' worth of the CPU set among fewer threads; the first ones get the
 * remainder. */
static void
divide_cpus (Pinning *self, const gint64 *cpus, guint n_cpus)
{
  guint n_threads = self->threads.total;
  g_autoptr (GString) list = g_string_new (NULL);
  guint at = 0;

  for (guint id = 1; id <= n_threads; id++)
    {
      guint count = n_cpus / n_threads + (id <= n_cpus % n_threads);

      g_string_truncate (list, 0);
      for (guint end = at + count; at < end; at++)
        g_string_append_printf (list, "%s%" G_GINT64_FORMAT, list->len > 0 ? "," : "", cpus[at]);
      pin (self->tune, "iothreadpin", "iothread", id, list->str);
    }
}

/* I/O threads run on the emulator thread's CPUs where that has its own, else on the vCPUs'. */
static gboolean
pin_threads (Pinning *self, GError **error)
{
  const BvFactsContext *facts = self->conversion->facts;
  guint n_vcpus = self->host_cpus->len;

  if (!self->threads.wanted || self->threads.pool > 0)
    return TRUE;
  if (self->threads.total == 0)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
          _ ("VMI %s has spec.domain.ioThreadsPolicy and CPUs of its own, but no disk that "
             "could use I/O threads; leave the policy out."),
          name_of (self));
      return FALSE;
    }
  if (self->emulator_cpus != NULL)
    pin (self->tune, "iothreadpin", "iothread", 1, self->emulator_cpus);
  else if (self->threads.total >= n_vcpus)
    for (guint id = 1; id <= self->threads.total; id++)
      pin_to_one (self->tune, "iothreadpin", "iothread", id, (guint64)facts->cpu_set[id % n_vcpus]);
  else
    divide_cpus (self, facts->cpu_set, n_vcpus);
  return TRUE;
}

/* The guest is told that nobody else runs on its CPUs; one with realtime does not count events. */
static void
add_features (Pinning *self)
{
  BvXml *features = bv_xml_ensure (self->conversion->root, "features");

  if (g_str_equal (self->conversion->arch->name, "amd64"))
    bv_xml_set_on (bv_xml_add (bv_xml_ensure (features, "kvm"), "hint-dedicated"), "state", TRUE);
  if (self->cpu->realtime != NULL)
    bv_xml_set_on (bv_xml_ensure (features, "pmu"), "state", FALSE);
}

static gboolean
pin_all (Pinning *self, const BvCpuTopology *topology, GError **error)
{
  self->tune = bv_xml_add (self->conversion->root, "cputune");
  if (!pin_vcpus (self, topology, error) || !pin_thread_pool (self, error) ||
      !pin_emulator (self, error) || !pin_threads (self, error))
    return FALSE;
  add_features (self);
  if (!bv_numa_is_passed_through (self->conversion->domain_spec))
    return TRUE;
  return bv_numa_map (self->conversion, self->host_cpus, error);
}

/* A guest with CPUs of its own: which host CPU each of its threads runs on. */
gboolean
bv_convert_pinning (BvConversion *self, GError **error)
{
  const BvFactsContext *facts = self->facts;
  BvCpuTopology topology = bv_cpu_topology_of (self->domain_spec);
  g_autoptr (BvCpuPool) pool = NULL;
  g_autoptr (GArray) host_cpus = NULL;
  Pinning pinning = { .conversion = self, .cpu = self->domain_spec->cpu };

  if (!bv_cpu_is_dedicated (self->domain_spec))
    return TRUE;
  host_cpus = g_array_new (FALSE, FALSE, sizeof (guint32));
  pool = bv_cpu_pool_new (facts->topology, facts->cpu_set, facts->n_cpu_set, topology.threads);
  pinning.pool = pool;
  pinning.host_cpus = host_cpus;
  pinning.threads = bv_io_threads_of (self->domain_spec);
  return pin_all (&pinning, &topology, error);
}
