/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-pci-numa.h"

#include "convert/bv-numa.h"

#include <glib/gi18n-lib.h>

/* Host devices near the guest's NUMA cell that stands for their host cell: an expander bus for each
 * cell, on it a root port for each device. Guests that pass NUMA cells through insist on it; others
 * get it where it can be had. */

#define LAST_BUS 255
#define MAX_PORTS 32 /* slots of one expander bus */

typedef struct
{
  BvXml *device;
  const char *address; /* on the host */
  guint cell;          /* of the guest */
} Placement;

typedef struct
{
  BvConversion *conversion;
  gboolean strict;
  GHashTable *host_node;  /* address -> NUMA node + 1 */
  GHashTable *guest_cell; /* NUMA node -> cell */
  GArray *placements;     /* Placement */
  guint first_index;      /* of the controllers to come */
} Planner;

static void
note_node (Planner *self, const char *address, gboolean known, gint64 node)
{
  if (address != NULL && known)
    g_hash_table_insert (self->host_node, g_ascii_strdown (address, -1),
                         GUINT_TO_POINTER (node + 1));
}

static void
note_devices (Planner *self, const BvRecordPair *devices, guint n_devices)
{
  for (guint i = 0; i < n_devices; i++)
    {
      const BvFactsDevice *device = devices[i].record;

      note_node (self, device->address, bv_facts_device_has_numa_node (device), device->numa_node);
    }
}

static void
note_networks (Planner *self, const BvRecordPair *networks, guint n_networks)
{
  for (guint i = 0; i < n_networks; i++)
    {
      const BvFactsNetwork *network = networks[i].record;

      note_node (self, network->address, bv_facts_network_has_numa_node (network),
                 network->numa_node);
    }
}

static guint
read_number (BvXml *element, const char *key)
{
  const char *text = bv_xml_get (element, key);

  return text == NULL ? 0 : (guint)g_ascii_strtoull (text, NULL, 10);
}

/* Cells with memory of their own: NUMA tuning tells where that is. */
static void
map_tuned_cells (Planner *self, BvXml *tune)
{
  for (BvXml *node = bv_xml_first (tune); node != NULL; node = bv_xml_next (node))
    if (bv_xml_is (node, "memnode"))
      g_hash_table_insert (self->guest_cell, GUINT_TO_POINTER (read_number (node, "nodeset")),
                           GUINT_TO_POINTER (read_number (node, "cellid")));
}

/* The one cell of a guest that passes none through: it stands for each host cell that a vCPU is
 * pinned to. */
static void
map_single_cell (Planner *self, BvXml *tune)
{
  const BvFactsTopology *topology = self->conversion->facts->topology;
  g_autoptr (GHashTable) pinned = g_hash_table_new (NULL, NULL);

  for (BvXml *pin = bv_xml_first (tune); pin != NULL; pin = bv_xml_next (pin))
    if (bv_xml_is (pin, "vcpupin"))
      g_hash_table_add (pinned, GUINT_TO_POINTER (read_number (pin, "cpuset")));
  for (guint i = 0; i < topology->n_numa_cells; i++)
    {
      const BvFactsNumaCell *cell = topology->numa_cells[i];

      for (guint j = 0; j < cell->n_cpus; j++)
        if (g_hash_table_contains (pinned, GUINT_TO_POINTER (cell->cpus[j]->id)))
          g_hash_table_insert (self->guest_cell, GUINT_TO_POINTER (cell->id), GUINT_TO_POINTER (0));
    }
}

static void
map_cells (Planner *self)
{
  BvXml *root = self->conversion->root;
  BvXml *cpu = bv_xml_find (root, "cpu");
  BvXml *numatune = bv_xml_find (root, "numatune");
  BvXml *cputune = bv_xml_find (root, "cputune");

  if (cpu == NULL || bv_xml_find (cpu, "numa") == NULL)
    return;
  if (numatune != NULL)
    map_tuned_cells (self, numatune);
  else if (cputune != NULL && self->conversion->facts->topology != NULL)
    map_single_cell (self, cputune);
}

static const char *
skip_prefix (const char *text)
{
  if (text == NULL)
    return "";
  return g_str_has_prefix (text, "0x") ? text + 2 : text;
}

/* DOMAIN:BUS:SLOT.FUNCTION, in small letters. */
static const char *
get_source_address (Planner *self, BvXml *device)
{
  BvXml *source = bv_xml_find (device, "source");
  BvXml *address = source != NULL ? bv_xml_find (source, "address") : NULL;
  char *text;

  if (address == NULL)
    return "";
  text = bv_arena_printf (
      self->conversion->arena, "%s:%s:%s.%s", skip_prefix (bv_xml_get (address, "domain")),
      skip_prefix (bv_xml_get (address, "bus")), skip_prefix (bv_xml_get (address, "slot")),
      skip_prefix (bv_xml_get (address, "function")));
  for (char *c = text; *c != '\0'; c++)
    *c = g_ascii_tolower (*c);
  return text;
}

/* What stands in the way of placing the device; NULL where nothing does. */
static const char *
find_cell (Planner *self, BvXml *device, const char *address, guint *cell)
{
  gpointer node, found;

  if (bv_xml_find (device, "address") != NULL)
    return _ ("it has a PCI address of its own");
  if (!g_hash_table_lookup_extended (self->host_node, address, NULL, &node))
    return _ ("the host does not tell its NUMA cell");
  if (!g_hash_table_lookup_extended (self->guest_cell,
                                     GUINT_TO_POINTER (GPOINTER_TO_UINT (node) - 1), NULL, &found))
    return _ ("none of the guest's CPUs is on its NUMA cell");
  *cell = GPOINTER_TO_UINT (found);
  return NULL;
}

static gboolean
refuse (Planner *self, const char *address, const char *reason, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("VMI %s passes NUMA cells through, and its device %s cannot be placed near its "
                  "own: %s."),
               self->conversion->vmi->metadata->name, address, reason);
  return FALSE;
}

static int
compare_placements (gconstpointer a, gconstpointer b)
{
  const Placement *first = a;
  const Placement *second = b;

  if (first->cell != second->cell)
    return first->cell < second->cell ? -1 : 1;
  return strcmp (first->address, second->address);
}

static gboolean
collect (Planner *self, GError **error)
{
  for (BvXml *device = bv_xml_first (self->conversion->devices); device != NULL;
       device = bv_xml_next (device))
    {
      Placement placement = { .device = device };
      const char *reason;

      if (bv_xml_is (device, "controller"))
        self->first_index = MAX (self->first_index, read_number (device, "index") + 1);
      if (!bv_xml_is (device, "hostdev") || g_strcmp0 (bv_xml_get (device, "type"), "pci") != 0)
        continue;
      placement.address = get_source_address (self, device);
      reason = find_cell (self, device, placement.address, &placement.cell);
      if (reason == NULL)
        g_array_append_val (self->placements, placement);
      else if (self->strict)
        return refuse (self, placement.address, reason, error);
    }
  g_array_sort (self->placements, compare_placements);
  return TRUE;
}

static const Placement *
get_placement (const Planner *self, guint i)
{
  return &g_array_index (self->placements, Placement, i);
}

/* Where the devices of the cell that begins at START end. */
static guint
find_end (const Planner *self, guint start)
{
  guint end = start;

  while (end < self->placements->len &&
         get_placement (self, end)->cell == get_placement (self, start)->cell)
    end++;
  return end;
}

/* Expander buses are numbered down from the last bus, so that each has room for its ports above it;
 * the numbers must not meet those of the controllers, which count up. */
static gboolean
has_room (const Planner *self)
{
  guint index = self->first_index;
  guint lowest = LAST_BUS;
  guint n_made = 0;

  for (guint start = 0, end; start < self->placements->len; start = end)
    {
      end = find_end (self, start);
      index += 1 + end - start;
      n_made += 1 + end - start;
      if (end - start > MAX_PORTS || index > lowest)
        return FALSE;
      lowest = LAST_BUS - n_made + 1;
    }
  return TRUE;
}

static BvXml *
add_controller (BvXml *devices, guint index, const char *model)
{
  BvXml *controller = bv_xml_add (devices, "controller");

  bv_xml_set (controller, "type", "pci");
  bv_xml_set_uint (controller, "index", index);
  bv_xml_set (controller, "model", model);
  return controller;
}

static void
add_address (Planner *self, BvXml *device, guint bus, guint slot)
{
  BvXml *address = bv_xml_add (device, "address");

  bv_xml_set (address, "type", "pci");
  bv_xml_set (address, "domain", "0x0000");
  bv_xml_set_uint (address, "bus", bus);
  bv_xml_set (address, "slot", bv_arena_printf (self->conversion->arena, "0x%02x", slot));
  bv_xml_set (address, "function", "0x0");
}

/* The expander bus of one cell, and its ports; INDEX is the bus's own. */
static void
place_cell (Planner *self, guint start, guint end, guint index)
{
  BvXml *devices = self->conversion->devices;
  BvXml *bus = add_controller (devices, index, "pcie-expander-bus");
  BvXml *target = bv_xml_add (bus, "target");
  guint n_made = index - self->first_index + 1 + end - start;

  bv_xml_set_uint (target, "busNr", LAST_BUS - n_made + 1);
  bv_xml_add_uint (target, "node", get_placement (self, start)->cell);
  for (guint i = start; i < end; i++)
    {
      guint port_index = index + 1 + i - start;

      add_address (self, add_controller (devices, port_index, "pcie-root-port"), index, i - start);
      add_address (self, get_placement (self, i)->device, port_index, 0);
    }
}

static gboolean
place_all (Planner *self, GError **error)
{
  guint index;

  note_devices (self, self->conversion->facts->host_devices,
                self->conversion->facts->n_host_devices);
  note_devices (self, self->conversion->facts->gpus, self->conversion->facts->n_gpus);
  note_networks (self, self->conversion->facts->networks, self->conversion->facts->n_networks);
  map_cells (self);
  if (!collect (self, error))
    return FALSE;
  if (!has_room (self))
    return !self->strict ||
           refuse (self, get_placement (self, 0)->address, _ ("there are too many of them"), error);
  index = self->first_index;
  for (guint start = 0, end; start < self->placements->len; start = end)
    {
      end = find_end (self, start);
      place_cell (self, start, end, index);
      index += 1 + end - start;
    }
  return TRUE;
}

gboolean
bv_pci_numa_place (BvConversion *conversion, GError **error)
{
  g_autoptr (GHashTable) host_node = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) guest_cell = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) placements = g_array_new (FALSE, FALSE, sizeof (Placement));
  Planner self = {
    .conversion = conversion,
    .strict = bv_numa_is_passed_through (conversion->domain_spec),
    .host_node = host_node,
    .guest_cell = guest_cell,
    .placements = placements,
    .first_index = 1,
  };

  return place_all (&self, error);
}
