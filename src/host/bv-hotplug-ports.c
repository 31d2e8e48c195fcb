/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-hotplug-ports.h"

#include "host/machine/bv-xml-document.h"

/* On the root bus there are 32 places. */
#define LAST_INDEX 31
#define LARGE_MEMORY_KIB (2 * 1024 * 1024)

typedef struct
{
  gboolean is_port[LAST_INDEX + 1];
  gboolean is_used[LAST_INDEX + 1];
  guint64 last;
} Buses;

static guint64
get_bus (BvXml *device)
{
  BvXml *address = bv_xml_find (device, "address");
  const char *bus = address != NULL && g_strcmp0 (bv_xml_get (address, "type"), "pci") == 0
                        ? bv_xml_get (address, "bus")
                        : NULL;

  return bus != NULL ? g_ascii_strtoull (bus, NULL, 16) : 0;
}

static gboolean
is_pci (BvXml *device)
{
  return bv_xml_is (device, "controller") && g_strcmp0 (bv_xml_get (device, "type"), "pci") == 0;
}

static void
read_buses (BvXml *devices, Buses *buses)
{
  for (BvXml *device = bv_xml_first (devices); device != NULL; device = bv_xml_next (device))
    {
      guint64 index = is_pci (device) ? bv_xml_get_uint (device, "index", 0) : 0;
      guint64 bus = get_bus (device);

      buses->last = MAX (buses->last, index);
      if (index > 0 && index <= LAST_INDEX &&
          g_strcmp0 (bv_xml_get (device, "model"), "pcie-root-port") == 0)
        buses->is_port[index] = TRUE;
      if (bus <= LAST_INDEX)
        buses->is_used[bus] = TRUE;
    }
}

/* KubeVirt's: so many in all, and so many that are free. */
static guint
count_lacking (const Buses *buses, gboolean large)
{
  guint total = large ? 16 : 8;
  guint least = large ? 6 : 3;
  guint used = 0, free = 0, wanted;

  for (guint i = 1; i <= LAST_INDEX; i++)
    {
      used += buses->is_port[i] && buses->is_used[i];
      free += buses->is_port[i] && !buses->is_used[i];
    }
  /* All devices are on the root bus, where nothing can be plugged in. */
  if (used == 0)
    return 0;
  wanted = MAX (total > used ? total - used : 0, least);
  return wanted > free ? wanted - free : 0;
}

char *
bv_hotplug_ports_add (const char *xml)
{
  g_autoptr (BvXmlDocument) document = bv_xml_document_new (xml, NULL);
  BvXml *root = document != NULL ? bv_xml_document_get_root (document) : NULL;
  BvXml *devices = root != NULL ? bv_xml_find (root, "devices") : NULL;
  const char *memory = root != NULL ? bv_xml_get_child_text (root, "memory") : NULL;
  Buses buses = { 0 };
  guint lacking;

  if (devices == NULL)
    return NULL;
  read_buses (devices, &buses);
  lacking = count_lacking (&buses, memory != NULL &&
                                       g_ascii_strtoull (memory, NULL, 10) > LARGE_MEMORY_KIB);
  if (lacking == 0 || buses.last >= LAST_INDEX)
    return NULL;
  for (guint i = 0; i < lacking && buses.last < LAST_INDEX; i++)
    {
      BvXml *port = bv_xml_add (devices, "controller");

      bv_xml_set (port, "type", "pci");
      bv_xml_set_uint (port, "index", ++buses.last);
      bv_xml_set (port, "model", "pcie-root-port");
    }
  return bv_xml_to_text (root);
}
