/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-io-threads.h"
#include "volume/bv-disk-private.h"

#define NO_PCI_HOLE64 "kubevirt.io/disablePCIHole64"

static gboolean
has_usb_input (const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_inputs; i++)
    {
      const char *bus = devices->inputs[i]->bus;

      if (bus == NULL || bus[0] == '\0' || g_str_equal (bus, "usb"))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_usb_disk (const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_disks; i++)
    if (devices->disks[i]->disk != NULL && g_strcmp0 (devices->disks[i]->disk->bus, "usb") == 0)
      return TRUE;
  return FALSE;
}

/* By the devices that KubeVirt looks at; adaptation sees to the others. */
static gboolean
needs_usb (const BvConversion *self)
{
  const BvApiDevices *devices = self->device_spec;

  if (self->arch->usb != BV_ARCH_USB_WHERE_NEEDED)
    return self->arch->usb == BV_ARCH_USB_ALWAYS;
  return devices->client_passthrough != NULL || has_usb_input (devices) || has_usb_disk (devices);
}

/* Disks that are plugged in later go there too. */
static gboolean
needs_scsi (const BvApiDevices *devices)
{
  if (!devices->disable_hotplug)
    return TRUE;
  for (guint i = 0; i < devices->n_disks; i++)
    if (g_strcmp0 (bv_disk_target_of (devices->disks[i]).bus, "scsi") == 0)
      return TRUE;
  return FALSE;
}

static BvXml *
add_controller (BvConversion *self, const char *type, const char *model)
{
  BvXml *controller = bv_xml_add (self->devices, "controller");

  bv_xml_set (controller, "type", type);
  bv_xml_set_uint (controller, "index", 0);
  bv_xml_set (controller, "model", model);
  return controller;
}

static void
add_scsi (BvConversion *self)
{
  const char *model = self->arch->scsi_controller;
  BvIoThreads threads = bv_io_threads_of (self->domain_spec);
  guint thread = bv_io_threads_of_scsi (&threads, self->device_spec);
  BvXml *controller, *driver;

  controller = add_controller (self, "scsi", model != NULL ? model : self->virtio_model);
  if (!self->iommu && thread == 0)
    return;
  driver = bv_xml_add (controller, "driver");
  if (self->iommu)
    bv_xml_set_on (driver, "iommu", TRUE);
  if (thread == 0)
    return;
  bv_xml_set_uint (driver, "iothread", thread);
  bv_xml_set_uint (driver, "queues", bv_vcpu_count (self->domain_spec));
}

static void
add_virtio_serial (BvConversion *self)
{
  BvXml *controller = add_controller (self, "virtio-serial", self->virtio_model);

  if (self->iommu)
    bv_xml_set_on (bv_xml_add (controller, "driver"), "iommu", TRUE);
}

/* Some guests cannot handle a 64-bit window of PCI memory. */
static gboolean
refuses_pci_hole64 (const BvConversion *self)
{
  const BvApiObjectMeta *metadata = self->vmi->metadata;
  const char *value =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, NO_PCI_HOLE64);

  return self->arch->pci_hole64 && value != NULL && g_ascii_strcasecmp (value, "true") == 0;
}

static gboolean
has_serial_console (const BvApiDevices *devices)
{
  return !bv_api_devices_has_autoattach_serial_console (devices) ||
         devices->autoattach_serial_console;
}

/* The controllers that are there by decision; libvirt adds those that devices need besides. */
gboolean
bv_convert_controllers (BvConversion *self, GError **error)
{
  add_controller (self, "usb", needs_usb (self) ? "qemu-xhci" : "none");
  if (needs_scsi (self->device_spec))
    add_scsi (self);
  if (refuses_pci_hole64 (self))
    {
      BvXml *root = add_controller (self, "pci", "pcie-root");

      bv_xml_set (bv_xml_add_uint (root, "pcihole64", 0), "unit", "KiB");
    }
  if (has_serial_console (self->device_spec))
    add_virtio_serial (self);
  return TRUE;
}
