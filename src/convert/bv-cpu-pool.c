/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-cpu-pool.h"

/* What is free on one NUMA cell. A core that can hold a guest's core as a whole is kept together;
 * single CPUs are what such cores left over, and those of cores too small. */
typedef struct
{
  GArray *cores;    /* guint: how many free CPUs each core has */
  GArray *of_cores; /* guint32: their numbers, core by core */
  guint core;
  guint of_core;
  GArray *singles; /* guint32 */
  guint single;
} Cell;

struct _BvCpuPool
{
  GArray *cells;
  guint threads_per_core;
};

static void
cell_clear (gpointer data)
{
  Cell *cell = data;

  g_array_unref (cell->cores);
  g_array_unref (cell->of_cores);
  g_array_unref (cell->singles);
}

static guint
cell_count_singles (const Cell *cell)
{
  return cell->singles->len - cell->single;
}

static void
cell_take_singles (Cell *cell, guint count, GArray *taken)
{
  if (count == 0)
    return;
  g_array_append_vals (taken, &g_array_index (cell->singles, guint32, cell->single), count);
  cell->single += count;
}

/* Takes COUNT CPUs of the first core; what is left becomes single CPUs once it holds no whole core
 * of the guest's. */
static void
cell_take_of_core (Cell *cell, guint count, guint threads_per_core, GArray *taken)
{
  guint *n_left = &g_array_index (cell->cores, guint, cell->core);
  const guint32 *cpus = &g_array_index (cell->of_cores, guint32, cell->of_core);

  g_array_append_vals (taken, cpus, count);
  cell->of_core += count;
  *n_left -= count;
  if (*n_left >= threads_per_core)
    return;
  g_array_append_vals (cell->singles, cpus + count, *n_left);
  cell->of_core += *n_left;
  cell->core++;
}

/* The CPUs of CPU's core that are still in AVAILABLE, which they leave. */
static void
collect_core (const BvFactsCellCpu *cpu, GHashTable *available, GArray *core)
{
  g_array_set_size (core, 0);
  for (guint i = 0; i < cpu->n_siblings; i++)
    {
      guint32 id = (guint32)cpu->siblings[i];

      if (g_hash_table_remove (available, GUINT_TO_POINTER (id)))
        g_array_append_val (core, id);
    }
  if (cpu->n_siblings == 0 && g_hash_table_remove (available, GUINT_TO_POINTER (cpu->id)))
    {
      guint32 id = (guint32)cpu->id;

      g_array_append_val (core, id);
    }
}

static void
add_cell (BvCpuPool *self, const BvFactsNumaCell *facts, GHashTable *available)
{
  g_autoptr (GArray) core = g_array_new (FALSE, FALSE, sizeof (guint32));
  Cell cell = {
    .cores = g_array_new (FALSE, FALSE, sizeof (guint)),
    .of_cores = g_array_new (FALSE, FALSE, sizeof (guint32)),
    .singles = g_array_new (FALSE, FALSE, sizeof (guint32)),
  };

  for (guint i = 0; i < facts->n_cpus; i++)
    {
      collect_core (facts->cpus[i], available, core);
      if (core->len == 0)
        continue;
      if (core->len < self->threads_per_core)
        {
          g_array_append_vals (cell.singles, core->data, core->len);
          continue;
        }
      g_array_append_val (cell.cores, core->len);
      g_array_append_vals (cell.of_cores, core->data, core->len);
    }
  g_array_append_val (self->cells, cell);
}

/* CPUS are those that the guest may have. */
BvCpuPool *
bv_cpu_pool_new (const BvFactsTopology *topology, const gint64 *cpus, guint n_cpus,
                 guint threads_per_core)
{
  g_autoptr (GHashTable) available = g_hash_table_new (NULL, NULL);
  BvCpuPool *self = g_new0 (BvCpuPool, 1);

  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_array_set_clear_func (self->cells, cell_clear);
  self->threads_per_core = threads_per_core;
  for (guint i = 0; i < n_cpus; i++)
    g_hash_table_add (available, GUINT_TO_POINTER (cpus[i]));
  for (guint i = 0; topology != NULL && i < topology->n_numa_cells; i++)
    add_cell (self, topology->numa_cells[i], available);
  return self;
}

void
bv_cpu_pool_free (BvCpuPool *self)
{
  g_array_unref (self->cells);
  g_free (self);
}

/* Guest cores that each have a host core, or a whole part of one. */
static guint
take_whole (BvCpuPool *self, guint n_cores, GArray *taken)
{
  for (guint i = 0; i < self->cells->len; i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);

      for (; n_cores > 0 && cell->core < cell->cores->len; n_cores--)
        cell_take_of_core (cell, self->threads_per_core, self->threads_per_core, taken);
    }
  return n_cores;
}

/* Guest cores made of single CPUs of one cell. */
static guint
take_scattered (BvCpuPool *self, guint n_cores, GArray *taken)
{
  for (guint i = 0; i < self->cells->len; i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);

      for (; n_cores > 0 && cell_count_singles (cell) >= self->threads_per_core; n_cores--)
        cell_take_singles (cell, self->threads_per_core, taken);
    }
  return n_cores;
}

/* Guest cores made of single CPUs of any cell. */
static guint
take_anywhere (BvCpuPool *self, guint n_cores, GArray *taken)
{
  guint n_cpus = n_cores * self->threads_per_core;

  for (guint i = 0; i < self->cells->len; i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);
      guint count = MIN (n_cpus, cell_count_singles (cell));

      cell_take_singles (cell, count, taken);
      n_cpus -= count;
    }
  return (n_cpus + self->threads_per_core - 1) / self->threads_per_core;
}

/* Adds the host CPUs (guint32) of N_CORES guest cores to TAKEN, thread by thread, and returns how
 * many cores there was no room for. Cores are spread over NUMA cells only where ACROSS_CELLS. */
guint
bv_cpu_pool_take_cores (BvCpuPool *self, guint n_cores, gboolean across_cells, GArray *taken)
{
  guint n_left = take_whole (self, n_cores, taken);

  n_left = take_scattered (self, n_left, taken);
  return across_cells ? take_anywhere (self, n_left, taken) : n_left;
}

/* One more CPU, of the first cell that has any; rather a single one than one of a whole core. */
gboolean
bv_cpu_pool_take_cpu (BvCpuPool *self, guint32 *cpu)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < self->cells->len && taken->len == 0; i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);

      if (cell_count_singles (cell) > 0)
        cell_take_singles (cell, 1, taken);
      else if (cell->core < cell->cores->len)
        cell_take_of_core (cell, 1, self->threads_per_core, taken);
    }
  if (taken->len == 0)
    return FALSE;
  *cpu = g_array_index (taken, guint32, 0);
  return TRUE;
}
