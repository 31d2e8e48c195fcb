/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-allocation.h"

#include <glib/gi18n-lib.h>

#include "host/machine/bv-hugepages.h"
#include "model/bv-quantity.h"

#define NO_CELL (-1)

static guint64
sum_memory (GPtrArray *taken)
{
  guint64 sum = 0;

  for (guint i = 0; i < taken->len; i++)
    sum += ((const BvReservation *)g_ptr_array_index (taken, i))->memory;
  return sum;
}

static guint64
subtract (guint64 from, guint64 amount)
{
  return from > amount ? from - amount : 0;
}

/* What guests may have of the host: neither the pages that are huge, nor what the settings keep. */
static guint64
get_allocatable (const BvAllocation *self)
{
  guint64 huge = bv_hugepages_get_total_kib (self->pages);

  return subtract (subtract (self->facts->memory_kib, huge) * 1024,
                   bv_config_get_bytes (self->config, "memory", "reserved"));
}

static char *
format (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

void
bv_allocate_memory (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  guint64 allocatable = get_allocatable (self);
  guint64 left = subtract (allocatable, sum_memory (taken));

  reservation->memory = self->needs->memory;
  if (self->facts->memory_kib > 0 && self->needs->memory > left)
    {
      g_autofree char *wanted = format (self->needs->memory);
      g_autofree char *free = format (left);
      g_autofree char *all = format (allocatable);

      bv_allocation_lack (self,
                          _ ("It takes %s of memory with what goes with a guest, and %s of the %s "
                             "for guests are left."),
                          wanted, free, all);
    }
}

/* Of one cell, or of all: those that exist less those of other guests, and no more than the kernel
 * has free less those that guests which just start have not taken yet. */
static guint64
count_left (const BvAllocation *self, GPtrArray *taken, int cell)
{
  guint64 total = 0, free = 0, reserved = 0, pending = 0;

  for (guint i = 0; i < self->pages->len; i++)
    {
      const BvHugepages *pages = &g_array_index (self->pages, BvHugepages, i);

      if (pages->size_kib != self->needs->page_kib ||
          (cell != NO_CELL && pages->cell != (guint)cell))
        continue;
      total += pages->total;
      free += pages->free;
    }
  for (guint i = 0; i < taken->len; i++)
    {
      const BvReservation *other = g_ptr_array_index (taken, i);

      for (guint j = 0; j < other->pages->len; j++)
        {
          const BvReservedPages *pages = &g_array_index (other->pages, BvReservedPages, j);

          /* Pages of any cell may turn out to be of this one. */
          if (pages->size_kib != self->needs->page_kib ||
              (cell != NO_CELL && pages->cell != NO_CELL && pages->cell != cell))
            continue;
          reserved += pages->count;
          pending += other->settled ? 0 : pages->count;
        }
    }
  return MIN (subtract (total, reserved), subtract (free, pending));
}

static void
take_pages (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation, int cell,
            guint64 count)
{
  const BvReservedPages pages = { cell, self->needs->page_kib, count };
  guint64 left = count_left (self, taken, cell);

  g_array_append_val (reservation->pages, pages);
  if (count <= left)
    return;
  if (cell == NO_CELL)
    bv_allocation_lack (self,
                        _ ("It needs %" G_GUINT64_FORMAT " huge pages of %" G_GUINT64_FORMAT
                           " KiB, and %" G_GUINT64_FORMAT " are left on this host."),
                        count, self->needs->page_kib, left);
  else
    bv_allocation_lack (self,
                        _ ("It needs %" G_GUINT64_FORMAT " huge pages of %" G_GUINT64_FORMAT
                           " KiB on NUMA cell %d, and %" G_GUINT64_FORMAT " are left there."),
                        count, self->needs->page_kib, cell, left);
}

/* The host's cells that the guest's vCPUs are on. */
static GArray *
list_cells (const BvAllocation *self, const BvReservation *reservation)
{
  GArray *cells = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_vcpus = MIN (self->needs->n_cores * self->needs->n_threads, reservation->n_cpus);

  for (guint i = 0; i < self->facts->topology->cells->len; i++)
    {
      const BvHostCell *cell = &g_array_index (self->facts->topology->cells, BvHostCell, i);

      for (guint j = 0; j < n_vcpus; j++)
        if (bv_host_topology_find_cell (self->facts->topology,
                                        g_array_index (reservation->cpus, guint32, j)) == cell)
          {
            g_array_append_val (cells, cell->id);
            break;
          }
    }
  return cells;
}

/* After the CPUs: a guest that sees the host's cells has its memory spread evenly over those of its
 * CPUs. */
void
bv_allocate_pages (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  g_autoptr (GArray) cells = NULL;
  guint64 n = self->needs->n_pages;

  if (self->needs->page_kib == 0)
    return;
  cells = self->needs->numa_mapped ? list_cells (self, reservation) : NULL;
  if (cells == NULL || cells->len == 0)
    {
      take_pages (self, taken, reservation, NO_CELL, n);
      return;
    }
  for (guint i = 0; i < cells->len; i++)
    take_pages (self, taken, reservation, (int)g_array_index (cells, guint, i),
                n / cells->len + (i < n % cells->len));
}
