/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-allocation.h"

#include <glib/gi18n-lib.h>

#include "convert/bv-context-private.h"
#include "convert/bv-cpu-pool.h"
#include "host/machine/bv-cpu-list.h"

static gboolean
is_taken (GPtrArray *taken, guint32 cpu)
{
  for (guint i = 0; i < taken->len; i++)
    {
      const BvReservation *other = g_ptr_array_index (taken, i);

      for (guint j = 0; j < other->cpus->len; j++)
        if (g_array_index (other->cpus, guint32, j) == cpu)
          return TRUE;
    }
  return FALSE;
}

/* Whether a guest that leaves no core to others can have CPU: all of its core is free. */
static gboolean
is_core_free (const BvAllocation *self, GPtrArray *taken, const BvHostCpu *cpu)
{
  for (guint i = 0; i < cpu->siblings->len; i++)
    if (is_taken (taken, g_array_index (cpu->siblings, guint32, i)))
      return FALSE;
  return TRUE;
}

/* gint64, as the facts of a conversion have them: those set aside that are online and free, on CELL
 * if that is given. */
static GArray *
list_free (const BvAllocation *self, GPtrArray *taken, const GArray *pinning,
           const BvHostCell *cell)
{
  gboolean whole = bv_config_get_boolean (self->config, "cpu", "whole-cores");
  const BvHostTopology *topology = self->facts->topology;
  GArray *free = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < pinning->len; i++)
    {
      gint64 id = g_array_index (pinning, guint32, i);
      const BvHostCpu *cpu = bv_host_topology_find_cpu (topology, (guint32)id);

      if (cpu == NULL || is_taken (taken, (guint32)id) ||
          (cell != NULL && bv_host_topology_find_cell (topology, (guint32)id) != cell) ||
          (whole && !is_core_free (self, taken, cpu)))
        continue;
      g_array_append_val (free, id);
    }
  return free;
}

/* The CPUs that the guest gets of FREE: as many whole cores as there are, as bv_convert_pinning()
 * will hand them out. FALSE: they are too few, or lie badly. */
static gboolean
pick (const BvAllocation *self, const GArray *free, GArray *picked)
{
  const BvFactsContext *context = bv_context_get_facts (self->facts->context);
  const BvGuestNeeds *needs = self->needs;
  g_autoptr (BvCpuPool) pool = bv_cpu_pool_new (context->topology, &g_array_index (free, gint64, 0),
                                                free->len, needs->n_threads);

  g_array_set_size (picked, 0);
  if (bv_cpu_pool_take_cores (pool, needs->n_cores, !needs->numa_mapped, picked) > 0)
    return FALSE;
  for (guint i = 0; i < needs->n_others; i++)
    {
      guint32 cpu;

      if (!bv_cpu_pool_take_cpu (pool, &cpu))
        return FALSE;
      g_array_append_val (picked, cpu);
    }
  return TRUE;
}

/* All on one cell if there is room, on the fullest, so that larger guests find room later. */
static gboolean
pick_best (const BvAllocation *self, GPtrArray *taken, const GArray *pinning, GArray *picked)
{
  const BvHostTopology *topology = self->facts->topology;
  g_autoptr (GArray) best = NULL;
  g_autoptr (GArray) all = list_free (self, taken, pinning, NULL);

  for (guint i = 0; i < topology->cells->len; i++)
    {
      g_autoptr (GArray) free =
          list_free (self, taken, pinning, &g_array_index (topology->cells, BvHostCell, i));

      if ((best != NULL && free->len >= best->len) || !pick (self, free, picked))
        continue;
      g_clear_pointer (&best, g_array_unref);
      best = g_steal_pointer (&free);
    }
  return pick (self, best != NULL ? best : all, picked);
}

static gboolean
has_cpu (const GArray *cpus, guint32 cpu)
{
  for (guint i = 0; i < cpus->len; i++)
    if (g_array_index (cpus, guint32, i) == cpu)
      return TRUE;
  return FALSE;
}

/* The other CPUs of the guest's cores stay idle. */
static void
add_siblings (const BvAllocation *self, GArray *cpus)
{
  guint n = cpus->len;

  for (guint i = 0; i < n; i++)
    {
      const BvHostCpu *cpu =
          bv_host_topology_find_cpu (self->facts->topology, g_array_index (cpus, guint32, i));

      for (guint j = 0; cpu != NULL && j < cpu->siblings->len; j++)
        if (!has_cpu (cpus, g_array_index (cpu->siblings, guint32, j)))
          g_array_append_val (cpus, g_array_index (cpu->siblings, guint32, j));
    }
}

static void
tell_lack (const BvAllocation *self, GPtrArray *taken, const GArray *pinning)
{
  g_autoptr (GArray) free = list_free (self, taken, pinning, NULL);
  g_autofree char *list = bv_cpu_list_to_string (pinning);
  guint n = bv_guest_needs_count_cpus (self->needs);

  if (pinning->len == 0)
    bv_allocation_lack (self,
                        _ ("It needs %u CPUs of its own, and this host sets none aside; name them "
                           "as “pinning=” in [cpu] of barevirt.conf."),
                        n);
  else if (free->len >= n)
    bv_allocation_lack (
        self,
        _ ("It needs %u CPUs of its own that lie together, and the %u that are free "
           "of those set aside (%s) do not."),
        n, free->len, list);
  else
    bv_allocation_lack (self,
                        _ ("It needs %u CPUs of its own, and %u of those set aside (%s) are free."),
                        n, free->len, list);
}

static void
allocate_dedicated (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  g_autoptr (GArray) pinning = bv_config_get_cpus (self->config, "cpu", "pinning");

  if (!pick_best (self, taken, pinning, reservation->cpus))
    {
      g_array_set_size (reservation->cpus, 0);
      tell_lack (self, taken, pinning);
      return;
    }
  reservation->n_cpus = reservation->cpus->len;
  if (bv_config_get_boolean (self->config, "cpu", "whole-cores"))
    add_siblings (self, reservation->cpus);
}

/* Those that are set aside are not for guests that share. */
static guint
count_shared (const BvAllocation *self)
{
  g_autoptr (GArray) pinning = bv_config_get_cpus (self->config, "cpu", "pinning");
  guint n = bv_host_topology_count_cpus (self->facts->topology);
  guint n_apart = 0;

  for (guint i = 0; i < pinning->len; i++)
    n_apart += bv_host_topology_find_cpu (self->facts->topology,
                                          g_array_index (pinning, guint32, i)) != NULL;
  /* Where all are set aside, guests share them all the same. */
  return n > n_apart ? n - n_apart : n;
}

static void
allocate_shared (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  guint64 all = (guint64)count_shared (self) * 1000;
  guint64 used = 0;

  for (guint i = 0; i < taken->len; i++)
    used += ((const BvReservation *)g_ptr_array_index (taken, i))->cpu_millis;
  reservation->cpu_millis = self->needs->cpu_millis;
  if (all > 0 && used + self->needs->cpu_millis > all)
    bv_allocation_lack (self,
                        _ ("It asks for %" G_GUINT64_FORMAT "m of CPU, and %" G_GUINT64_FORMAT
                           "m of the %" G_GUINT64_FORMAT "m for guests are left."),
                        self->needs->cpu_millis, all > used ? all - used : 0, all);
}

void
bv_allocate_cpus (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  if (self->needs->dedicated)
    allocate_dedicated (self, taken, reservation);
  else
    allocate_shared (self, taken, reservation);
}
