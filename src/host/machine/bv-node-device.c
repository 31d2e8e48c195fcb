/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-node-device.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "model/bv-error.h"

void
bv_node_device_free (BvNodeDevice *self)
{
  g_free (self->name);
  g_free (self->parent);
  g_free (self->driver);
  g_free (self->id);
  g_free (self->address);
  g_free (self->type);
  g_clear_pointer (&self->type_names, g_hash_table_unref);
  g_free (self);
}

static guint
read_number (BvXml *element, const char *name)
{
  const char *text = bv_xml_get_child_text (element, name);

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 0) : 0;
}

static guint
read_id (BvXml *element, const char *name)
{
  BvXml *child = bv_xml_find (element, name);
  const char *text = child != NULL ? bv_xml_get (child, "id") : NULL;

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 16) : 0;
}

static void
take_id (BvNodeDevice *self, BvXml *capability)
{
  self->id = g_strdup_printf ("%04x:%04x", read_id (capability, "vendor"),
                              read_id (capability, "product"));
}

static void
read_mediated_types (BvNodeDevice *self, BvXml *pci)
{
  for (BvXml *capability = bv_xml_find (pci, "capability"); capability != NULL;
       capability = bv_xml_next_same (capability))
    {
      if (g_strcmp0 (bv_xml_get (capability, "type"), "mdev_types") != 0)
        continue;
      for (BvXml *type = bv_xml_find (capability, "type"); type != NULL;
           type = bv_xml_next_same (type))
        if (bv_xml_get (type, "id") != NULL && bv_xml_get_child_text (type, "name") != NULL)
          g_hash_table_insert (self->type_names, g_strdup (bv_xml_get (type, "id")),
                               g_strdup (bv_xml_get_child_text (type, "name")));
    }
}

static void
read_pci (BvNodeDevice *self, BvXml *capability)
{
  BvXml *numa = bv_xml_find (capability, "numa");
  BvXml *group = bv_xml_find (capability, "iommuGroup");

  self->kind = "pci";
  self->address = g_strdup_printf (
      "%04x:%02x:%02x.%x", read_number (capability, "domain"), read_number (capability, "bus"),
      read_number (capability, "slot"), read_number (capability, "function"));
  take_id (self, capability);
  if (numa != NULL)
    self->numa_cell = (int)bv_xml_get_uint (numa, "node", 0);
  if (group != NULL)
    self->iommu_group = (int)bv_xml_get_uint (group, "number", 0);
  read_mediated_types (self, capability);
}

static void
read_usb (BvNodeDevice *self, BvXml *capability)
{
  self->kind = "usb";
  self->bus = read_number (capability, "bus");
  self->device = read_number (capability, "device");
  self->address = g_strdup_printf ("%u:%u", self->bus, self->device);
  take_id (self, capability);
}

static void
read_mdev (BvNodeDevice *self, BvXml *capability)
{
  BvXml *type = bv_xml_find (capability, "type");
  BvXml *group = bv_xml_find (capability, "iommuGroup");
  const char *uuid = bv_xml_get_child_text (capability, "uuid");

  self->kind = "mdev";
  self->type = g_strdup (type != NULL ? bv_xml_get (type, "id") : NULL);
  if (group != NULL)
    self->iommu_group = (int)bv_xml_get_uint (group, "number", 0);
  if (uuid != NULL)
    self->address = g_strdup (uuid);
  else if (g_str_has_prefix (self->name, "mdev_"))
    /* Older libvirt has it in the name alone: mdev_4b20d080_1b54_4048_85b3_a6a62d165c01. */
    self->address = g_strdelimit (g_strndup (self->name + strlen ("mdev_"), 36), "_", '-');
}

static const struct
{
  const char *type;
  void (*read) (BvNodeDevice *self, BvXml *capability);
} readers[] = {
  { "pci", read_pci },
  { "usb_device", read_usb },
  { "mdev", read_mdev },
};

static BvNodeDevice *
new_named (BvXml *element)
{
  BvNodeDevice *self = g_new0 (BvNodeDevice, 1);
  BvXml *driver = bv_xml_find (element, "driver");

  self->name = g_strdup (bv_xml_get_child_text (element, "name"));
  self->parent = g_strdup (bv_xml_get_child_text (element, "parent"));
  self->driver = g_strdup (driver != NULL ? bv_xml_get_child_text (driver, "name") : NULL);
  self->type_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->numa_cell = -1;
  self->iommu_group = -1;
  return self;
}

BvNodeDevice *
bv_node_device_new_from_xml (BvXml *element)
{
  BvXml *capability = bv_xml_find (element, "capability");
  const char *type = capability != NULL ? bv_xml_get (capability, "type") : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_strcmp0 (readers[i].type, type) == 0 && bv_xml_find (element, "name") != NULL)
      {
        BvNodeDevice *self = new_named (element);

        readers[i].read (self, capability);
        if (self->address != NULL)
          return self;
        bv_node_device_free (self);
      }
  return NULL;
}

static void
add_device (GPtrArray *devices, virNodeDevicePtr handle)
{
  g_autofree char *text = virNodeDeviceGetXMLDesc (handle, 0);
  g_autoptr (BvXmlDocument) document = text != NULL ? bv_xml_document_new (text, NULL) : NULL;
  BvNodeDevice *device = NULL;

  /* One that has just been unplugged is gone. */
  if (document != NULL)
    device = bv_node_device_new_from_xml (bv_xml_document_get_root (document));
  if (device != NULL)
    g_ptr_array_add (devices, device);
}

GPtrArray *
bv_node_device_list (virConnectPtr connection, GError **error)
{
  g_autoptr (GPtrArray) devices =
      g_ptr_array_new_with_free_func ((GDestroyNotify)bv_node_device_free);
  virNodeDevicePtr *handles = NULL;
  int n = virConnectListAllNodeDevices (connection, &handles,
                                        VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV |
                                            VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV |
                                            VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV);

  if (n < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                   _ ("libvirt does not tell of the host's devices: %s."),
                   virGetLastErrorMessage ());
      return NULL;
    }
  for (int i = 0; i < n; i++)
    {
      add_device (devices, handles[i]);
      virNodeDeviceFree (handles[i]);
    }
  free (handles);
  return g_steal_pointer (&devices);
}

char *
bv_node_device_get_type_name (const BvNodeDevice *self, GPtrArray *all)
{
  for (guint i = 0; self->type != NULL && i < all->len; i++)
    {
      const BvNodeDevice *parent = g_ptr_array_index (all, i);
      const char *name = g_strcmp0 (parent->name, self->parent) == 0
                             ? g_hash_table_lookup (parent->type_names, self->type)
                             : NULL;

      if (name != NULL)
        return g_strdelimit (g_strdup (name), " ", '_');
    }
  return NULL;
}
