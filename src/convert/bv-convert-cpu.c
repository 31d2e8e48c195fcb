/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-guest-memory.h"

#include <glib/gi18n-lib.h>

/* More than any machine of QEMU's takes; without a limit a manifest of one line fills the memory.
 */
#define MAX_VCPUS 4096

static gboolean
is_host_mode (const char *model)
{
  return g_str_equal (model, "host-model") || g_str_equal (model, "host-passthrough");
}

static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

/* The host's CPU is of no use to a guest of another architecture: that gets all that QEMU emulates.
 */
static void
set_model (BvXml *cpu, const char *model, gboolean foreign)
{
  if (!is_given (model))
    model = "host-model";
  if (is_host_mode (model) && !foreign)
    {
      bv_xml_set (cpu, "mode", model);
      return;
    }
  bv_xml_set (cpu, "mode", "custom");
  bv_xml_add_text (cpu, "model", is_host_mode (model) ? "max" : model);
}

static void
add_feature (BvXml *cpu, const char *name, const char *policy)
{
  BvXml *feature = bv_xml_add (cpu, "feature");

  bv_xml_set (feature, "name", name);
  if (is_given (policy))
    bv_xml_set (feature, "policy", policy);
}

/* libvirt's definitions of x86 CPUs name mpx, which newer CPUs lack; it is turned off unless asked
 * for. */
static void
add_features (BvConversion *self, BvXml *element)
{
  const BvApiCPU *cpu = self->domain_spec->cpu;
  gboolean has_mpx = FALSE;

  if (cpu == NULL)
    return;
  for (guint i = 0; i < cpu->n_features; i++)
    {
      const BvApiCPUFeature *feature = cpu->features[i];

      has_mpx |= g_strcmp0 (feature->name, "mpx") == 0;
      add_feature (element, feature->name, feature->policy);
    }
  if (self->arch->mpx_validation && !has_mpx && (cpu->model == NULL || !is_host_mode (cpu->model)))
    add_feature (element, "mpx", "disable");
}

static void
add_topology (BvXml *cpu, const BvCpuTopology *topology)
{
  BvXml *element = bv_xml_add (cpu, "topology");

  bv_xml_set_uint (element, "sockets", topology->sockets);
  bv_xml_set_uint (element, "cores", topology->cores);
  bv_xml_set_uint (element, "threads", topology->threads);
}

/* libvirt wants a NUMA cell where memory comes from a memfd. */
static void
add_single_cell (BvConversion *self, BvXml *cpu, guint n_vcpus)
{
  const BvApiDomainSpec *spec = self->domain_spec;
  BvXml *cell;

  if (!bv_guest_memory_is_memfd (self) || (spec->cpu != NULL && spec->cpu->numa != NULL))
    return;
  cell = bv_xml_add (bv_xml_add (cpu, "numa"), "cell");
  bv_xml_set_uint (cell, "id", 0);
  bv_xml_set (cell, "cpus", bv_arena_printf (self->arena, "0-%u", n_vcpus - 1));
  bv_xml_set_uint (cell, "memory", bv_guest_memory_bytes (spec) / 1024);
  bv_xml_set (cell, "unit", "KiB");
}

/* The first FIXED vCPUs are always there, the first ENABLED from the start, the others can be
 * plugged in. */
static void
add_vcpus (BvXml *root, guint total, guint enabled, guint fixed)
{
  BvXml *vcpus = bv_xml_add (root, "vcpus");

  for (guint id = 0; id < total; id++)
    {
      BvXml *vcpu = bv_xml_add (vcpus, "vcpu");

      bv_xml_set_uint (vcpu, "id", id);
      bv_xml_set_yes (vcpu, "enabled", id < enabled);
      bv_xml_set_yes (vcpu, "hotpluggable", id >= fixed);
    }
}

static gboolean
check_count (BvConversion *self, const BvCpuTopology *topology, GError **error)
{
  guint64 count = bv_cpu_topology_count (topology);

  if (count <= MAX_VCPUS)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("VMI %s asks for up to %" G_GUINT64_FORMAT " CPUs (sockets or maxSockets, cores "
                  "and threads of spec.domain.cpu), and no guest can have more than %u."),
               self->vmi->metadata->name, count, MAX_VCPUS);
  return FALSE;
}

/* CPUs, their model and their layout; one that can grow is laid out with all its sockets. */
gboolean
bv_convert_cpu (BvConversion *self, GError **error)
{
  const BvApiCPU *spec = self->domain_spec->cpu;
  BvCpuTopology topology = bv_cpu_topology_of (self->domain_spec);
  guint fixed = topology.cores * topology.threads;
  guint64 enabled = bv_cpu_topology_count (&topology);
  gboolean grows = spec != NULL && spec->max_sockets > 0 && self->arch->cpu_hotplug;
  guint total;
  BvXml *cpu;

  /* One that starts with more than it can grow to is pinned by what it starts with. */
  if (!check_count (self, &topology, error))
    return FALSE;
  if (grows)
    topology.sockets = (guint32)spec->max_sockets;
  if (!check_count (self, &topology, error))
    return FALSE;
  total = (guint)bv_cpu_topology_count (&topology);
  bv_xml_set (bv_xml_add_uint (self->root, "vcpu", total), "placement", "static");
  if (grows)
    add_vcpus (self->root, total, (guint)MIN (enabled, total), fixed);
  cpu = bv_xml_add (self->root, "cpu");
  set_model (cpu, spec != NULL ? spec->model : NULL, bv_conversion_is_foreign (self));
  add_topology (cpu, &topology);
  add_features (self, cpu);
  add_single_cell (self, cpu, total);
  return TRUE;
}
