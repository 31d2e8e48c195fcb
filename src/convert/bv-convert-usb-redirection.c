/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

/* KubeVirt's API has no number of its own for them. */
#define MAX_REDIRECTED_DEVICES 4

/* Places for USB devices of whoever looks at the guest's display. */
gboolean
bv_convert_usb_redirection (BvConversion *self, GError **error)
{
  if (self->device_spec->client_passthrough == NULL)
    return TRUE;
  for (guint i = 0; i < MAX_REDIRECTED_DEVICES; i++)
    {
      const char *name = bv_arena_printf (self->arena, "virt-usbredir-%u", i);
      BvXml *device = bv_xml_add (self->devices, "redirdev");

      bv_xml_set (device, "type", "unix");
      bv_xml_set (device, "bus", "usb");
      bv_device_xml_add_socket (device, bv_conversion_get_runtime_path (self, name));
    }
  return TRUE;
}
