/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-numa.h"

#include "convert/bv-guest-memory.h"

#include <glib/gi18n-lib.h>

/* A guest whose vCPUs are pinned sees the host's NUMA cells that they are on, with the memory of
 * each bound to that cell. */
typedef struct
{
  BvConversion *conversion;
  const BvFactsTopology *topology;
  GString **vcpus;      /* by host cell: the numbers of its vCPUs, NULL where it has none */
  GHashTable *guest_id; /* host cell's number -> guest cell's, of those with vCPUs */
  guint n_cells;        /* of the guest's */
  guint64 page;
  guint64 n_pages;
} Mapping;

gboolean
bv_numa_is_passed_through (const BvApiDomainSpec *spec)
{
  return spec->cpu != NULL && spec->cpu->numa != NULL &&
         spec->cpu->numa->guest_mapping_passthrough != NULL;
}

static void
index_cpu (GHashTable *cells, const BvFactsCellCpu *cpu, guint cell)
{
  g_hash_table_insert (cells, GUINT_TO_POINTER (cpu->id), GUINT_TO_POINTER (cell));
  for (guint i = 0; i < cpu->n_siblings; i++)
    g_hash_table_insert (cells, GUINT_TO_POINTER (cpu->siblings[i]), GUINT_TO_POINTER (cell));
}

static GHashTable *
index_cpus (const BvFactsTopology *topology)
{
  GHashTable *cells = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < topology->n_numa_cells; i++)
    for (guint j = 0; j < topology->numa_cells[i]->n_cpus; j++)
      index_cpu (cells, topology->numa_cells[i]->cpus[j], i);
  return cells;
}

/* Puts each vCPU to the cell of its host CPU, which HOST_CPUS tells. */
static void
assign_vcpus (Mapping *self, const GArray *host_cpus)
{
  g_autoptr (GHashTable) cells = index_cpus (self->topology);

  for (guint vcpu = 0; vcpu < host_cpus->len; vcpu++)
    {
      guint32 cpu = g_array_index (host_cpus, guint32, vcpu);
      guint cell = GPOINTER_TO_UINT (g_hash_table_lookup (cells, GUINT_TO_POINTER (cpu)));

      if (self->vcpus[cell] == NULL)
        self->vcpus[cell] = g_string_new (NULL);
      g_string_append_printf (self->vcpus[cell], "%s%u", self->vcpus[cell]->len > 0 ? "," : "",
                              vcpu);
    }
  for (guint i = 0; i < self->topology->n_numa_cells; i++)
    if (self->vcpus[i] != NULL)
      g_hash_table_insert (self->guest_id, GUINT_TO_POINTER (self->topology->numa_cells[i]->id),
                           GUINT_TO_POINTER (self->n_cells++));
}

static gboolean
read_page_size (Mapping *self, GError **error)
{
  const BvApiVirtualMachineInstance *vmi = self->conversion->vmi;
  const BvApiMemory *memory = self->conversion->domain_spec->memory;
  BvQuantity size;

  if (memory == NULL || memory->hugepages == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("VMI %s passes NUMA cells through, which needs huge pages; set "
                      "spec.domain.memory.hugepages.pageSize."),
                   vmi->metadata->name);
      return FALSE;
    }
  if (memory->hugepages->page_size == NULL ||
      !bv_quantity_parse (memory->hugepages->page_size, &size) || bv_quantity_bytes (&size) == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("VMI %s: spec.domain.memory.hugepages.pageSize is no size of a page; 2Mi and "
                      "1Gi are."),
                   vmi->metadata->name);
      return FALSE;
    }
  self->page = bv_quantity_bytes (&size);
  return TRUE;
}

/* The guest's memory in pages, of which each cell must get at least one. */
static gboolean
count_pages (Mapping *self, GError **error)
{
  guint64 bytes = bv_guest_memory_bytes (self->conversion->domain_spec);

  if (!read_page_size (self, error))
    return FALSE;
  self->n_pages = bytes / self->page;
  if (bytes % self->page == 0 && self->n_pages >= self->n_cells)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("VMI %s: its memory of %" G_GUINT64_FORMAT " bytes must be huge pages of "
                  "%" G_GUINT64_FORMAT " bytes, and at least one for each of its %u NUMA cells."),
               self->conversion->vmi->metadata->name, bytes, self->page, self->n_cells);
  return FALSE;
}

static void
add_distances (Mapping *self, BvXml *element, const BvFactsNumaCell *cell)
{
  BvXml *distances = NULL;

  for (guint i = 0; i < cell->n_distances; i++)
    {
      const BvFactsCellDistance *distance = cell->distances[i];
      BvXml *sibling;
      gpointer guest_id;

      if (!g_hash_table_lookup_extended (self->guest_id, GUINT_TO_POINTER (distance->id), NULL,
                                         &guest_id))
        continue;
      if (distances == NULL)
        distances = bv_xml_add (element, "distances");
      sibling = bv_xml_add (distances, "sibling");
      bv_xml_set_uint (sibling, "id", GPOINTER_TO_UINT (guest_id));
      bv_xml_set_uint (sibling, "value", (guint64)distance->value);
    }
}

/* Pages that do not divide evenly go to the first cells. */
static void
add_guest_cell (Mapping *self, BvXml *numa, guint index, guint id)
{
  guint64 n_pages = self->n_pages / self->n_cells + (id < self->n_pages % self->n_cells);
  BvXml *cell = bv_xml_add (numa, "cell");

  bv_xml_set_uint (cell, "id", id);
  bv_xml_set (cell, "cpus", self->vcpus[index]->str);
  bv_xml_set_uint (cell, "memory", n_pages * self->page);
  bv_xml_set (cell, "unit", "b");
  add_distances (self, cell, self->topology->numa_cells[index]);
}

static void
add_page (Mapping *self, BvXml *pages, guint id)
{
  BvXml *page = bv_xml_add (pages, "page");

  bv_xml_set_uint (page, "size", self->page);
  bv_xml_set (page, "unit", "b");
  bv_xml_set_uint (page, "nodeset", id);
}

static void
add_memory_node (BvXml *tune, guint id, gint64 host_id)
{
  BvXml *node = bv_xml_add (tune, "memnode");

  bv_xml_set_uint (node, "cellid", id);
  bv_xml_set (node, "mode", "strict");
  bv_xml_set_uint (node, "nodeset", (guint64)host_id);
}

static void
add_cells (Mapping *self)
{
  BvXml *root = self->conversion->root;
  BvXml *numa = bv_xml_add (bv_xml_ensure (root, "cpu"), "numa");
  BvXml *pages = bv_xml_ensure (bv_xml_ensure (root, "memoryBacking"), "hugepages");
  BvXml *tune = bv_xml_add (root, "numatune");
  BvXml *memory = bv_xml_add (tune, "memory");
  g_autoptr (GString) nodes = g_string_new (NULL);
  guint id = 0;

  for (guint i = 0; i < self->topology->n_numa_cells; i++)
    {
      gint64 host_id = self->topology->numa_cells[i]->id;

      if (self->vcpus[i] == NULL)
        continue;
      g_string_append_printf (nodes, "%s%" G_GINT64_FORMAT, id > 0 ? "," : "", host_id);
      add_guest_cell (self, numa, i, id);
      add_memory_node (tune, id, host_id);
      add_page (self, pages, id);
      id++;
    }
  bv_xml_set (memory, "mode", "strict");
  bv_xml_set (memory, "nodeset", nodes->str);
}

static gboolean
map (Mapping *self, const GArray *host_cpus, GError **error)
{
  const BvApiCPU *cpu = self->conversion->domain_spec->cpu;
  BvXml *backing;

  assign_vcpus (self, host_cpus);
  if (!count_pages (self, error))
    return FALSE;
  add_cells (self);
  backing = bv_xml_ensure (self->conversion->root, "memoryBacking");
  bv_xml_set (bv_xml_add (backing, "allocation"), "mode", "immediate");
  if (cpu->realtime != NULL)
    bv_xml_add (backing, "nosharepages");
  return TRUE;
}

/* HOST_CPUS (guint32) has the host's CPU of each vCPU, all of them in the host's topology. */
gboolean
bv_numa_map (BvConversion *conversion, const GArray *host_cpus, GError **error)
{
  Mapping self = { .conversion = conversion, .topology = conversion->facts->topology };
  gboolean mapped;

  self.vcpus = g_new0 (GString *, self.topology->n_numa_cells);
  self.guest_id = g_hash_table_new (NULL, NULL);
  mapped = map (&self, host_cpus, error);
  for (guint i = 0; i < self.topology->n_numa_cells; i++)
    if (self.vcpus[i] != NULL)
      g_string_free (self.vcpus[i], TRUE);
  g_free (self.vcpus);
  g_hash_table_unref (self.guest_id);
  return mapped;
}
