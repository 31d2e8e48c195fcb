/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-host-topology.h"

#include "host/machine/bv-cpu-list.h"

static void
cpu_clear (gpointer data)
{
  BvHostCpu *cpu = data;

  g_array_unref (cpu->siblings);
}

static void
cell_clear (gpointer data)
{
  BvHostCell *cell = data;

  g_array_unref (cell->pages);
  g_array_unref (cell->distances);
  g_array_unref (cell->cpus);
}

BvHostTopology *
bv_host_topology_new (void)
{
  BvHostTopology *self = g_new0 (BvHostTopology, 1);

  self->cells = g_array_new (FALSE, FALSE, sizeof (BvHostCell));
  g_array_set_clear_func (self->cells, cell_clear);
  return self;
}

void
bv_host_topology_free (BvHostTopology *self)
{
  g_array_unref (self->cells);
  g_free (self);
}

static guint64
read_text_uint (BvXml *element)
{
  const char *text = element != NULL ? bv_xml_get_text (element) : NULL;

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static void
add_pages (BvHostCell *cell, BvXml *element)
{
  BvHostPages pages = { bv_xml_get_uint (element, "size", 0), read_text_uint (element) };

  g_array_append_val (cell->pages, pages);
}

static void
read_distances (BvHostCell *cell, BvXml *element)
{
  BvXml *sibling = element != NULL ? bv_xml_find (element, "sibling") : NULL;

  for (; sibling != NULL; sibling = bv_xml_next_same (sibling))
    {
      BvHostDistance distance = { (guint)bv_xml_get_uint (sibling, "id", 0),
                                  bv_xml_get_uint (sibling, "value", 0) };

      g_array_append_val (cell->distances, distance);
    }
}

/* A CPU that is offline has an id alone, and nothing runs on it. */
static void
add_cpu (BvHostCell *cell, BvXml *element)
{
  const char *siblings = bv_xml_get (element, "siblings");
  BvHostCpu cpu = { .id = (guint32)bv_xml_get_uint (element, "id", 0) };

  if (siblings == NULL)
    return;
  cpu.siblings = bv_cpu_list_parse (siblings, NULL);
  if (cpu.siblings == NULL)
    {
      cpu.siblings = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_array_append_val (cpu.siblings, cpu.id);
    }
  g_array_append_val (cell->cpus, cpu);
}

static void
add_cell (BvHostTopology *self, BvXml *element)
{
  BvXml *cpus = bv_xml_find (element, "cpus");
  BvHostCell cell = {
    .id = (guint)bv_xml_get_uint (element, "id", 0),
    .memory_kib = read_text_uint (bv_xml_find (element, "memory")),
    .pages = g_array_new (FALSE, FALSE, sizeof (BvHostPages)),
    .distances = g_array_new (FALSE, FALSE, sizeof (BvHostDistance)),
    .cpus = g_array_new (FALSE, FALSE, sizeof (BvHostCpu)),
  };

  g_array_set_clear_func (cell.cpus, cpu_clear);
  for (BvXml *pages = bv_xml_find (element, "pages"); pages != NULL;
       pages = bv_xml_next_same (pages))
    add_pages (&cell, pages);
  read_distances (&cell, bv_xml_find (element, "distances"));
  for (BvXml *cpu = cpus != NULL ? bv_xml_find (cpus, "cpu") : NULL; cpu != NULL;
       cpu = bv_xml_next_same (cpu))
    add_cpu (&cell, cpu);
  g_array_append_val (self->cells, cell);
}

BvHostTopology *
bv_host_topology_new_from_capabilities (BvXml *capabilities)
{
  BvHostTopology *self = bv_host_topology_new ();
  BvXml *cells = bv_xml_find_path (capabilities, "host/topology/cells");

  for (BvXml *cell = cells != NULL ? bv_xml_find (cells, "cell") : NULL; cell != NULL;
       cell = bv_xml_next_same (cell))
    add_cell (self, cell);
  return self;
}

guint
bv_host_topology_count_cpus (const BvHostTopology *self)
{
  guint count = 0;

  for (guint i = 0; i < self->cells->len; i++)
    count += g_array_index (self->cells, BvHostCell, i).cpus->len;
  return count;
}

static const BvHostCpu *
find_in_cell (const BvHostCell *cell, guint32 id)
{
  for (guint i = 0; i < cell->cpus->len; i++)
    {
      const BvHostCpu *cpu = &g_array_index (cell->cpus, BvHostCpu, i);

      if (cpu->id == id)
        return cpu;
    }
  return NULL;
}

const BvHostCell *
bv_host_topology_find_cell (const BvHostTopology *self, guint32 cpu)
{
  for (guint i = 0; i < self->cells->len; i++)
    {
      const BvHostCell *cell = &g_array_index (self->cells, BvHostCell, i);

      if (find_in_cell (cell, cpu) != NULL)
        return cell;
    }
  return NULL;
}

const BvHostCpu *
bv_host_topology_find_cpu (const BvHostTopology *self, guint32 cpu)
{
  const BvHostCell *cell = bv_host_topology_find_cell (self, cpu);

  return cell != NULL ? find_in_cell (cell, cpu) : NULL;
}

static void
write_member (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)value);
}

static void
write_unit (JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "unit");
  json_builder_add_string_value (builder, "KiB");
}

static void
write_memory (const BvHostCell *cell, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "memory");
  json_builder_begin_object (builder);
  write_member (builder, "amount", cell->memory_kib);
  write_unit (builder);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "pages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cell->pages->len; i++)
    {
      const BvHostPages *pages = &g_array_index (cell->pages, BvHostPages, i);

      json_builder_begin_object (builder);
      write_member (builder, "count", pages->count);
      write_unit (builder);
      write_member (builder, "size", pages->size_kib);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
write_distances (const BvHostCell *cell, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "distances");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cell->distances->len; i++)
    {
      const BvHostDistance *distance = &g_array_index (cell->distances, BvHostDistance, i);

      json_builder_begin_object (builder);
      write_member (builder, "id", distance->id);
      write_member (builder, "value", distance->value);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
write_cpu (const BvHostCpu *cpu, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  write_member (builder, "id", cpu->id);
  json_builder_set_member_name (builder, "siblings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cpu->siblings->len; i++)
    json_builder_add_int_value (builder, g_array_index (cpu->siblings, guint32, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
write_cell (const BvHostCell *cell, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  write_member (builder, "id", cell->id);
  write_memory (cell, builder);
  write_distances (cell, builder);
  json_builder_set_member_name (builder, "cpus");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cell->cpus->len; i++)
    write_cpu (&g_array_index (cell->cpus, BvHostCpu, i), builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
bv_host_topology_write (const BvHostTopology *self, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "numa_cells");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->cells->len; i++)
    write_cell (&g_array_index (self->cells, BvHostCell, i), builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}
