/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-device-xml.h"
#include "model/bv-record-index.h"
#include "network/bv-attachment.h"
#include "network/bv-interface-private.h"

#include <glib/gi18n-lib.h>

/* The kernel gives a tap device no more. */
#define MAX_QUEUES 256

static gboolean
is_set (const char *text)
{
  return text != NULL && text[0] != '\0';
}

/* How many queues each virtio interface gets: one a vCPU, or 0 where one will do. */
static guint
count_queues (const BvConversion *self)
{
  if (!self->device_spec->network_interface_multiqueue)
    return 0;
  return MIN (bv_vcpu_count (self->domain_spec), MAX_QUEUES);
}

static void
add_virtio_driver (BvXml *node, guint queues, gboolean iommu)
{
  BvXml *driver;

  if (queues == 0 && !iommu)
    return;
  driver = bv_xml_add (node, "driver");
  bv_xml_set (driver, "name", "vhost");
  if (queues > 0)
    bv_xml_set_uint (driver, "queues", queues);
  if (iommu)
    bv_xml_set_on (driver, "iommu", TRUE);
}

static gboolean
add_addresses (BvXml *node, const BvApiInterface *interface, const BvFactsNetwork *facts,
               GError **error)
{
  const char *mac = interface->mac_address;

  if (!is_set (mac) && facts != NULL)
    mac = facts->mac;
  if (is_set (mac))
    bv_xml_set (bv_xml_add (node, "mac"), "address", mac);
  if (interface->acpi_index > 0)
    bv_xml_set_uint (bv_xml_add (node, "acpi"), "index", (guint64)interface->acpi_index);
  return !is_set (interface->pci_address) ||
         bv_device_xml_add_pci_address (node, interface->pci_address, error);
}

/* Without a boot order the option ROM would only cost time; an encrypted guest cannot run it. */
static void
add_tuning (BvConversion *self, BvXml *node, const BvApiInterface *interface)
{
  gboolean bootable = bv_api_interface_has_boot_order (interface);

  if (bootable)
    bv_device_xml_add_boot_order (node, interface->boot_order);
  if (self->arch->rom_tuning && (!bootable || self->iommu))
    bv_xml_set_yes (bv_xml_add (node, "rom"), "enabled", FALSE);
  if (g_strcmp0 (interface->state, "down") == 0)
    bv_xml_set (bv_xml_add (node, "link"), "state", "down");
}

static gboolean
add_interface (BvConversion *self, const BvApiInterface *interface, const BvAttachment *attachment,
               const BvFactsNetwork *facts, guint queues, GError **error)
{
  const char *model = is_set (interface->model) ? interface->model : "virtio";
  gboolean virtio = g_str_equal (model, "virtio");
  BvXml *node;

  if (!bv_interface_check (interface, error))
    return FALSE;
  node = bv_xml_add (self->devices, "interface");
  bv_xml_set (node, "type", attachment->type);
  bv_xml_set (bv_xml_add (node, "model"), "type", virtio ? self->virtio_model : model);
  if (virtio)
    add_virtio_driver (node, queues, self->iommu);
  if (!add_addresses (node, interface, facts, error) ||
      !bv_attachment_fill (attachment, node, facts, error))
    return FALSE;
  if (attachment->tunable)
    add_tuning (self, node, interface);
  bv_interface_fill (interface, self->vmi->metadata, attachment, node);
  bv_device_xml_add_alias (node, "", interface->name);
  return TRUE;
}

/* Interfaces that libvirt attaches. Those without an attachment are a binding plugin's, and host
 * devices have a step of their own. */
gboolean
bv_convert_network (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  guint queues = count_queues (self);
  g_auto (BvRecordIndex) index = { NULL };

  bv_record_index_init (&index, self->facts->networks, self->facts->n_networks);
  for (guint i = 0; i < devices->n_interfaces; i++)
    {
      const BvApiInterface *interface = devices->interfaces[i];
      const BvFactsNetwork *facts = bv_record_index_find (&index, interface->name);
      const BvAttachment *attachment = bv_interface_find_attachment (interface, facts);

      if (attachment == NULL || attachment->host_device)
        continue;
      if (!add_interface (self, interface, attachment, facts, queues, error))
        {
          g_prefix_error (error, _ ("The interface %s of VMI %s: "), interface->name,
                          self->vmi->metadata->name);
          return FALSE;
        }
    }
  return TRUE;
}
