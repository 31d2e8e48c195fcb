/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-size.h"

#include <glib/gi18n-lib.h>

#include "convert/bv-cpu-topology.h"

#define BLOCK (G_GUINT64_CONSTANT (2) << 20)
#define HUGE_BLOCK (G_GUINT64_CONSTANT (1) << 30)
/* What guests' kernels take on at a time. */
#define DIMM_BLOCK (G_GUINT64_CONSTANT (128) << 20)
#define LEAST_GUEST (G_GUINT64_CONSTANT (1) << 30)

static gboolean
is_amd64 (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec->architecture == NULL || g_str_equal (spec->architecture, "amd64");
}

static gboolean
is_arm64 (const BvApiVirtualMachineInstanceSpec *spec)
{
  return g_strcmp0 (spec->architecture, "arm64") == 0;
}

static gint64
get_sockets (const BvApiCPU *cpu)
{
  return MAX (cpu->sockets, 1);
}

char *
bv_live_size_find_sockets_fault (const BvApiVirtualMachineInstanceSpec *running, gint64 sockets)
{
  const BvApiCPU *cpu = running->domain->cpu;

  if (cpu == NULL || cpu->max_sockets == 0 || is_arm64 (running))
    return g_strdup (_ ("Sockets cannot be added to this guest while it runs."));
  if (sockets > cpu->max_sockets)
    return g_strdup_printf (_ ("The guest was started so that it can have up to %" G_GINT64_FORMAT
                               " sockets, and %" G_GINT64_FORMAT " are asked for."),
                            cpu->max_sockets, sockets);
  if (sockets < get_sockets (cpu))
    return g_strdup (_ ("Sockets cannot be taken from a guest while it runs."));
  if (cpu->dedicated_cpu_placement || cpu->realtime != NULL)
    return g_strdup (_ ("A guest with CPUs of its own gets more of them when it is started."));
  return NULL;
}

static guint64
get_block (const BvApiMemory *memory)
{
  const BvApiHugepages *pages = memory->hugepages;

  return pages != NULL && g_strcmp0 (pages->page_size, "1Gi") == 0 ? HUGE_BLOCK : BLOCK;
}

static gboolean
is_in_blocks (const BvApiMemory *memory, guint64 bytes)
{
  return bytes % get_block (memory) == 0;
}

/* Whatever it is to have. */
static gboolean
can_grow (const BvApiVirtualMachineInstanceSpec *spec, guint64 guest_at_boot)
{
  const BvApiDomainSpec *domain = spec->domain;
  const BvApiCPU *cpu = domain->cpu;
  const BvApiMemory *memory = domain->memory;

  if (memory == NULL || !bv_quantity_is_given (&memory->max_guest) || !is_amd64 (spec) ||
      domain->launch_security != NULL || guest_at_boot < LEAST_GUEST)
    return FALSE;
  if (cpu != NULL && (cpu->realtime != NULL ||
                      (cpu->numa != NULL && cpu->numa->guest_mapping_passthrough != NULL)))
    return FALSE;
  return is_in_blocks (memory, guest_at_boot) &&
         is_in_blocks (memory, (guint64)bv_quantity_value (&memory->max_guest));
}

char *
bv_live_size_find_memory_fault (const BvApiVirtualMachineInstanceSpec *running,
                                guint64 guest_at_boot, const BvQuantity *guest)
{
  const BvApiMemory *memory = running->domain->memory;
  guint64 bytes = (guint64)MAX (bv_quantity_value (guest), 0);

  if (!can_grow (running, guest_at_boot))
    return g_strdup (_ ("The memory of this guest cannot change while it runs."));
  if (bv_quantity_compare (guest, &memory->max_guest) > 0)
    return g_strdup_printf (
        _ ("The guest was started so that it can grow to %s, and %s is asked for."),
        memory->max_guest.text, guest->text);
  if (bytes < guest_at_boot)
    return g_strdup (_ ("A guest that runs cannot have less memory than it was started with."));
  if (!is_in_blocks (memory, bytes))
    return g_strdup_printf (_ ("Memory is added in blocks of %s, of which %s is no multiple."),
                            get_block (memory) == BLOCK ? "2Mi" : "1Gi", guest->text);
  return NULL;
}

char *
bv_live_size_find_dimm_fault (guint64 before, guint64 wanted)
{
  if (wanted < before)
    return g_strdup (_ ("Memory that comes as DIMMs cannot be taken from a guest while it runs."));
  if ((wanted - before) % DIMM_BLOCK != 0)
    return g_strdup (_ ("Memory that comes as DIMMs is added in steps of 128Mi."));
  return NULL;
}

gboolean
bv_live_size_wants_cpus (const BvApiVirtualMachineInstanceSpec *spec, const BvDomainSize *size)
{
  const BvApiCPU *cpu = spec->domain->cpu;
  guint wanted = bv_vcpu_count (spec->domain);
  g_autofree char *fault = NULL;

  if (cpu == NULL || wanted <= size->vcpus || wanted > size->most_vcpus)
    return FALSE;
  fault = bv_live_size_find_sockets_fault (spec, get_sockets (cpu));
  return fault == NULL;
}

gboolean
bv_live_size_wants_memory (const BvApiVirtualMachineInstanceSpec *spec, guint64 refused,
                           const BvDomainSize *size)
{
  const BvApiMemory *memory = spec->domain->memory;
  g_autofree char *fault = NULL;
  guint64 wanted;

  if (memory == NULL || !bv_quantity_is_given (&memory->guest) || size->guest_at_boot == 0)
    return FALSE;
  wanted = (guint64)MAX (bv_quantity_value (&memory->guest), 0);
  if (wanted == size->guest_requested || wanted == refused)
    return FALSE;
  fault = bv_live_size_find_memory_fault (spec, size->guest_at_boot, &memory->guest);
  return fault == NULL;
}

char *
bv_live_size_make_device (const BvApiMemory *memory, guint64 guest_at_boot)
{
  guint64 most = (guint64)bv_quantity_value (&memory->max_guest) - guest_at_boot;
  guint64 wanted = (guint64)bv_quantity_value (&memory->guest) - guest_at_boot;

  return g_strdup_printf ("<memory model='virtio-mem'><target><size unit='b'>%" G_GUINT64_FORMAT
                          "</size>"
                          "<node>0</node><block unit='b'>%" G_GUINT64_FORMAT "</block>"
                          "<requested unit='b'>%" G_GUINT64_FORMAT "</requested></target></memory>",
                          most, get_block (memory), wanted);
}

char *
bv_live_size_make_dimm (guint64 bytes)
{
  return g_strdup_printf ("<memory model='dimm'><target><size unit='b'>%" G_GUINT64_FORMAT
                          "</size><node>0</node></target></memory>",
                          bytes);
}
