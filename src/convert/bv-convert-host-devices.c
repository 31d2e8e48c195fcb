/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-device-xml.h"
#include "model/bv-record-index.h"
#include "network/bv-attachment.h"
#include "network/bv-interface-private.h"

#include <glib/gi18n-lib.h>

/* What a kind of host device looks like; the kinds stand in the order in which guests get them. */
typedef struct
{
  const char *type;
  const char *managed; /* NULL: libvirt never binds a driver to it */
  const char *model;
  gboolean (*fill_source) (BvXml *source, const BvFactsDevice *facts, GError **error);
} BvHostDeviceKind;

/* A device that the VMI asks for. */
typedef struct
{
  const char *name;
  const char *resource;
  const char *prefix;
  const BvApiVGPUDisplayOptions *display;
  gboolean claimed; /* by a resource claim, not by the resource's name */
} BvHostDeviceRequest;

static gboolean
fill_pci_source (BvXml *source, const BvFactsDevice *facts, GError **error)
{
  return bv_device_xml_add_pci_address (source, facts->address, error);
}

static gboolean
fill_mdev_source (BvXml *source, const BvFactsDevice *facts, GError **error)
{
  bv_xml_set (bv_xml_add (source, "address"), "uuid", facts->address);
  return TRUE;
}

static gboolean
fill_usb_source (BvXml *source, const BvFactsDevice *facts, GError **error)
{
  BvXml *address = bv_xml_add (source, "address");

  bv_xml_set (address, "bus", facts->bus);
  bv_xml_set (address, "device", facts->device);
  return TRUE;
}

static const BvHostDeviceKind kinds[] = {
  { .type = "pci", .managed = "no", .fill_source = fill_pci_source },
  { .type = "mdev", .model = "vfio-pci", .fill_source = fill_mdev_source },
  { .type = "usb", .managed = "no", .fill_source = fill_usb_source },
};

static BvXml *
add_device (BvConversion *self, const BvHostDeviceKind *kind, const BvFactsDevice *facts,
            const char *prefix, const char *name, GError **error)
{
  BvXml *device = bv_xml_add (self->devices, "hostdev");

  bv_xml_set (device, "type", kind->type);
  bv_xml_set (device, "mode", "subsystem");
  bv_xml_set (device, "managed", kind->managed);
  bv_xml_set (device, "model", kind->model);
  if (!kind->fill_source (bv_xml_add (device, "source"), facts, error))
    {
      g_prefix_error (error, _ ("The device %s of VMI %s: "), name, self->vmi->metadata->name);
      return NULL;
    }
  bv_device_xml_add_alias (device, prefix, name);
  return device;
}

static gboolean
is_on (const BvApiFeatureState *state)
{
  return state == NULL || !bv_api_feature_state_has_enabled (state) || state->enabled;
}

/* A mediated GPU with display options has one unless they say no; a whole GPU must ask for it. */
static void
set_display (BvXml *device, const BvHostDeviceRequest *request, const BvHostDeviceKind *kind,
             const BvFactsDevice *facts)
{
  const BvApiVGPUDisplayOptions *display = request->display;
  gboolean mediated = g_str_equal (kind->type, "mdev");

  if (display == NULL && !(mediated && facts->default_display))
    return;
  if (display != NULL && !display->enabled &&
      (bv_api_vgpu_display_options_has_enabled (display) || !mediated))
    return;
  bv_xml_set_on (device, "display", TRUE);
  if (display == NULL || is_on (display->ram_fb))
    bv_xml_set_on (device, "ramfb", TRUE);
}

static gboolean
add_requested (BvConversion *self, const BvHostDeviceKind *kind, const BvHostDeviceRequest *request,
               const BvFactsDevice *facts, GError **error)
{
  BvXml *device = add_device (self, kind, facts, request->prefix, request->name, error);

  if (device == NULL)
    return FALSE;
  if (request->claimed && g_str_equal (kind->type, "mdev") &&
      g_str_equal (self->arch->name, "s390x"))
    bv_xml_set (device, "model", "vfio-ap");
  set_display (device, request, kind, facts);
  return TRUE;
}

static gboolean
refuse (BvConversion *self, const BvHostDeviceRequest *request, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("VMI %s asks for the device %s (%s), which this host does not have; map one of "
                  "its devices to that resource in barevirt.conf."),
               self->vmi->metadata->name, request->name,
               request->resource != NULL ? request->resource : _ ("by a resource claim"));
  return FALSE;
}

/* Adds them kind by kind, as KubeVirt does. */
static gboolean
add_requests (BvConversion *self, const BvHostDeviceRequest *requests, guint n_requests,
              const BvRecordPair *devices, guint n_devices, GError **error)
{
  g_auto (BvRecordIndex) index = { NULL };

  bv_record_index_init (&index, devices, n_devices);
  for (guint i = 0; i < n_requests; i++)
    {
      const BvFactsDevice *facts = bv_record_index_find (&index, requests[i].name);

      if (facts == NULL || facts->type == NULL)
        return refuse (self, &requests[i], error);
    }
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint i = 0; i < n_requests; i++)
      {
        const BvFactsDevice *facts = bv_record_index_find (&index, requests[i].name);

        if (g_str_equal (facts->type, kinds[k].type) &&
            !add_requested (self, &kinds[k], &requests[i], facts, error))
          return FALSE;
      }
  return TRUE;
}

static gboolean
add_host_devices (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  g_autofree BvHostDeviceRequest *requests = g_new0 (BvHostDeviceRequest, devices->n_host_devices);

  for (guint i = 0; i < devices->n_host_devices; i++)
    {
      const BvApiHostDevice *device = devices->host_devices[i];

      requests[i].name = device->name;
      requests[i].resource = device->device_name;
      requests[i].claimed = device->claim_name != NULL;
      requests[i].prefix = requests[i].claimed ? "dra-hostdevice-" : "hostdevice-";
    }
  return add_requests (self, requests, devices->n_host_devices, self->facts->host_devices,
                       self->facts->n_host_devices, error);
}

static gboolean
add_gpus (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  g_autofree BvHostDeviceRequest *requests = g_new0 (BvHostDeviceRequest, devices->n_gpus);

  for (guint i = 0; i < devices->n_gpus; i++)
    {
      const BvApiGPU *gpu = devices->gpus[i];

      requests[i].name = gpu->name;
      requests[i].resource = gpu->device_name;
      requests[i].prefix = gpu->claim_name != NULL ? "dra-gpu-" : "gpu-";
      if (gpu->virtual_gpu_options != NULL)
        requests[i].display = gpu->virtual_gpu_options->display;
    }
  return add_requests (self, requests, devices->n_gpus, self->facts->gpus, self->facts->n_gpus,
                       error);
}

/* A virtual function; its MAC address is the host's to set. */
static gboolean
add_virtual_function (BvConversion *self, const BvApiInterface *interface,
                      const BvFactsNetwork *network, GError **error)
{
  const BvFactsDevice facts = { .address = network != NULL ? network->address : NULL };
  BvXml *device;

  if (facts.address == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("VMI %s asks for an SR-IOV device for its interface %s, for which this host "
                      "has none left; make more virtual functions, or end a guest that has one."),
                   self->vmi->metadata->name, interface->name);
      return FALSE;
    }
  device = add_device (self, &kinds[0], &facts, "sriov-", interface->name, error);
  if (device == NULL)
    return FALSE;
  if (bv_api_interface_has_boot_order (interface))
    bv_device_xml_add_boot_order (device, interface->boot_order);
  if (interface->pci_address == NULL || interface->pci_address[0] == '\0' ||
      bv_device_xml_add_pci_address (device, interface->pci_address, error))
    return TRUE;
  g_prefix_error (error, _ ("The interface %s of VMI %s: "), interface->name,
                  self->vmi->metadata->name);
  return FALSE;
}

static gboolean
add_virtual_functions (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  g_auto (BvRecordIndex) index = { NULL };

  bv_record_index_init (&index, self->facts->networks, self->facts->n_networks);
  for (guint i = 0; i < devices->n_interfaces; i++)
    {
      const BvApiInterface *interface = devices->interfaces[i];
      const BvFactsNetwork *facts = bv_record_index_find (&index, interface->name);
      const BvAttachment *attachment = bv_interface_find_attachment (interface, facts);

      if (attachment != NULL && attachment->host_device &&
          !add_virtual_function (self, interface, facts, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_convert_host_devices (BvConversion *self, GError **error)
{
  return add_host_devices (self, error) && add_gpus (self, error) &&
         add_virtual_functions (self, error);
}
