/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "adapt/bv-adapt-rewrites.h"

static BvXml *
parent_of (BvXml *element)
{
  return bv_xml_parent (element);
}

gboolean
bv_adapt_block_source_name (BvXml *source)
{
  if (bv_xml_get (source, "dev") == NULL)
    return FALSE;
  bv_xml_unset (source, "name");
  return TRUE;
}

static guint
count_before (BvXml *element)
{
  guint n = 0;

  for (BvXml *sibling = bv_xml_first (parent_of (element)); sibling != element;
       sibling = bv_xml_next (sibling))
    n += bv_xml_is (sibling, bv_xml_get_name (element));
  return n;
}

/* One thread instead of several: the disks take them in turn, so that each thread has its share. */
gboolean
bv_adapt_disk_io_threads (BvXml *threads)
{
  BvXml *driver = parent_of (threads);
  guint turn = count_before (parent_of (driver));
  guint n = 0;
  BvXml *chosen;

  for (BvXml *thread = bv_xml_first (threads); thread != NULL; thread = bv_xml_next (thread))
    n++;
  if (n == 0)
    return FALSE;
  chosen = bv_xml_first (threads);
  for (turn %= n; turn > 0; turn--)
    chosen = bv_xml_next (chosen);
  bv_xml_set (driver, "iothread", bv_xml_get (chosen, "id"));
  bv_xml_remove (threads);
  return TRUE;
}

gboolean
bv_adapt_empty_source_dir (BvXml *source)
{
  bv_xml_unset (source, "dir");
  return TRUE;
}

/* What libvirt takes a missing policy for. */
gboolean
bv_adapt_feature_policy (BvXml *feature)
{
  const char *policy = bv_xml_get (feature, "policy");

  if (policy != NULL && policy[0] != '\0')
    return FALSE;
  bv_xml_set (feature, "policy", "require");
  return TRUE;
}

gboolean
bv_adapt_host_cpu (BvXml *cpu)
{
  bv_xml_set (cpu, "mode", "maximum");
  return TRUE;
}

gboolean
bv_adapt_memory_slots (BvXml *max_memory)
{
  bv_xml_set (max_memory, "slots", "1");
  return TRUE;
}

/* One cell with all CPUs and all memory. */
gboolean
bv_adapt_memory_numa (BvXml *max_memory)
{
  BvXml *root = parent_of (max_memory);
  BvXml *cpu = bv_xml_ensure (root, "cpu");
  BvXml *memory = bv_xml_find (root, "memory");
  BvXml *vcpu = bv_xml_find (root, "vcpu");
  const char *count = vcpu == NULL ? NULL : bv_xml_get_text (vcpu);
  g_autofree char *cpus = NULL;
  BvXml *cell;

  if (bv_xml_find (cpu, "numa") != NULL || memory == NULL)
    return FALSE;
  cpus =
      g_strdup_printf ("0-%u", count == NULL ? 0 : (guint)g_ascii_strtoull (count, NULL, 10) - 1);
  cell = bv_xml_add (bv_xml_add (cpu, "numa"), "cell");
  bv_xml_set (cell, "id", "0");
  bv_xml_set (cell, "cpus", cpus);
  bv_xml_set (cell, "memory", bv_xml_get_text (memory));
  bv_xml_set (cell, "unit", bv_xml_get (memory, "unit"));
  return TRUE;
}

gboolean
bv_adapt_panic_model (BvXml *panic)
{
  for (BvXml *other = bv_xml_first (parent_of (panic)); other != NULL; other = bv_xml_next (other))
    if (bv_xml_is (other, "panic") && g_strcmp0 (bv_xml_get (other, "model"), "isa") == 0)
      {
        bv_xml_remove (panic);
        return TRUE;
      }
  bv_xml_set (panic, "model", "isa");
  return TRUE;
}

static gboolean
uses_passt (BvXml *interface)
{
  BvXml *backend = bv_xml_find (interface, "backend");

  return backend != NULL && g_strcmp0 (bv_xml_get (backend, "type"), "passt") == 0;
}

gboolean
bv_adapt_passt (BvXml *interface)
{
  if (!uses_passt (interface))
    return FALSE;
  bv_xml_set (interface, "type", "user");
  return TRUE;
}

/* What is left is QEMU's own user networking. */
gboolean
bv_adapt_passt_backend (BvXml *interface)
{
  BvXml *next;

  if (!uses_passt (interface))
    return FALSE;
  for (BvXml *child = bv_xml_first (interface); child != NULL; child = next)
    {
      next = bv_xml_next (child);
      if (bv_xml_is (child, "backend") || bv_xml_is (child, "portForward") ||
          bv_xml_is (child, "source"))
        bv_xml_remove (child);
    }
  return TRUE;
}

static gboolean
is_usb_device (BvXml *device)
{
  BvXml *target;

  if (bv_xml_is (device, "hostdev"))
    return g_strcmp0 (bv_xml_get (device, "type"), "usb") == 0;
  if (!bv_xml_is (device, "disk"))
    return FALSE;
  target = bv_xml_find (device, "target");
  return target != NULL && g_strcmp0 (bv_xml_get (target, "bus"), "usb") == 0;
}

/* A host's USB device, or a CD-ROM drive on USB, needs a controller to be plugged into. */
gboolean
bv_adapt_usb_controller (BvXml *controller)
{
  if (g_strcmp0 (bv_xml_get (controller, "type"), "usb") != 0)
    return FALSE;
  for (BvXml *device = bv_xml_first (parent_of (controller)); device != NULL;
       device = bv_xml_next (device))
    if (is_usb_device (device))
      {
        bv_xml_set (controller, "model", "qemu-xhci");
        return TRUE;
      }
  return FALSE;
}

gboolean
bv_adapt_is_file (BvXml *disk)
{
  return g_strcmp0 (bv_xml_get (disk, "type"), "file") == 0;
}

gboolean
bv_adapt_clock_offset (BvXml *clock)
{
  if (bv_xml_get (clock, "offset") != NULL)
    return FALSE;
  bv_xml_set (clock, "offset", "utc");
  return TRUE;
}

gboolean
bv_adapt_pci_display (BvXml *hostdev)
{
  if (g_strcmp0 (bv_xml_get (hostdev, "type"), "pci") != 0)
    return FALSE;
  bv_xml_unset (hostdev, "display");
  bv_xml_unset (hostdev, "ramfb");
  return TRUE;
}
