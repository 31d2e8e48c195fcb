/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-pci-numa.h"

#include <glib/gi18n-lib.h>

#define ROOT_COMPLEX_ANNOTATION "kubevirt.io/placePCIDevicesOnRootComplex"
#define N_SLOTS 0x20

static gboolean
is_any (BvXml *device)
{
  return TRUE;
}

static gboolean
is_pci_hostdev (BvXml *device)
{
  return g_strcmp0 (bv_xml_get (device, "type"), "pci") == 0;
}

/* Roots have no address themselves. */
static gboolean
is_addressed_controller (BvXml *device)
{
  const char *model = bv_xml_get (device, "model");

  return g_strcmp0 (model, "pci-root") != 0 && g_strcmp0 (model, "pcie-root") != 0 &&
         g_strcmp0 (model, "pcie-expander-bus") != 0;
}

static gboolean
is_virtio_disk (BvXml *device)
{
  BvXml *target = bv_xml_find (device, "target");

  return target != NULL && g_strcmp0 (bv_xml_get (target, "bus"), "virtio") == 0;
}

static gboolean
is_virtio_input (BvXml *device)
{
  return g_strcmp0 (bv_xml_get (device, "bus"), "virtio") == 0;
}

/* The kinds of device that sit on a PCI bus, in the order in which they get their slots. */
static const struct
{
  const char *element;
  gboolean (*is_pci) (BvXml *device);
} kinds[] = {
  { "interface", is_any },
  { "hostdev", is_pci_hostdev },
  { "controller", is_addressed_controller },
  { "disk", is_virtio_disk },
  { "input", is_virtio_input },
  { "watchdog", is_any },
  { "rng", is_any },
  { "memballoon", is_any },
};

/* Slots that QEMU or libvirt uses itself: the host bridge, VGA, the ICH9 sound card, SATA. */
static gboolean
is_taken (guint slot)
{
  return slot == 0x00 || slot == 0x01 || slot == 0x1b || slot == 0x1f;
}

static gboolean
place (BvConversion *self, BvXml *device, guint *slot, GError **error)
{
  BvXml *address = bv_xml_find (device, "address");
  const char *type = address != NULL ? bv_xml_get (address, "type") : NULL;

  if (type != NULL && !g_str_equal (type, "pci"))
    return TRUE;
  if (address != NULL && bv_xml_get (address, "domain") != NULL)
    return TRUE;
  while (is_taken (*slot))
    (*slot)++;
  if (*slot >= N_SLOTS)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
          _ ("VMI %s has more PCI devices than the root complex has slots; take some away, "
             "or its annotation %s."),
          self->vmi->metadata->name, ROOT_COMPLEX_ANNOTATION);
      return FALSE;
    }
  if (address == NULL)
    address = bv_xml_add (device, "address");
  bv_xml_set (address, "type", "pci");
  bv_xml_set (address, "domain", "0x0000");
  bv_xml_set (address, "bus", "0x00");
  bv_xml_set (address, "slot", bv_arena_printf (self->arena, "0x%02x", (*slot)++));
  bv_xml_set (address, "function", "0x0");
  return TRUE;
}

static gboolean
place_on_root_complex (BvConversion *self, GError **error)
{
  guint slot = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (BvXml *device = bv_xml_first (self->devices); device != NULL;
         device = bv_xml_next (device))
      if (bv_xml_is (device, kinds[i].element) && kinds[i].is_pci (device) &&
          !place (self, device, &slot, error))
        return FALSE;
  return TRUE;
}

static gboolean
wants_root_complex (const BvApiObjectMeta *metadata)
{
  const char *value =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, ROOT_COMPLEX_ANNOTATION);

  return g_strcmp0 (value, "true") == 0;
}

/* libvirt places PCI devices, except those that shall be near their NUMA cell, or all on the root.
 */
gboolean
bv_convert_pci_placement (BvConversion *self, GError **error)
{
  if (!self->arch->pcie)
    return TRUE;
  if (self->facts->pci_numa_aware_topology && bv_cpu_is_dedicated (self->domain_spec) &&
      !bv_pci_numa_place (self, error))
    return FALSE;
  return !wants_root_complex (self->vmi->metadata) || place_on_root_complex (self, error);
}
