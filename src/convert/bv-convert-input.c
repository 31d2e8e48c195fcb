/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

/* What a guest with a display needs to be operated; amd64 machines bring their own. */
typedef struct
{
  const char *arch;
  const char *type;
  const char *bus;
} BvArchInput;

static const BvArchInput arch_inputs[] = {
  { .arch = "arm64", .type = "tablet", .bus = "usb" },
  { .arch = "arm64", .type = "keyboard", .bus = "usb" },
  { .arch = "s390x", .type = "keyboard", .bus = "virtio" },
};

static BvXml *
add_input (BvConversion *self, const char *type, const char *bus)
{
  BvXml *node = bv_xml_add (self->devices, "input");

  bv_xml_set (node, "type", type);
  bv_xml_set (node, "bus", bus);
  return node;
}

static gboolean
has_input (const BvApiDevices *devices, const char *type)
{
  for (guint i = 0; i < devices->n_inputs; i++)
    if (g_strcmp0 (devices->inputs[i]->type, type) == 0)
      return TRUE;
  return FALSE;
}

gboolean
bv_convert_input (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;

  for (guint i = 0; i < devices->n_inputs; i++)
    {
      const BvApiInput *input = devices->inputs[i];
      const char *bus = input->bus != NULL && input->bus[0] != '\0' ? input->bus : "usb";
      BvXml *node = add_input (self, input->type, bus);

      if (g_str_equal (bus, "virtio"))
        bv_xml_set (node, "model", "virtio");
      bv_device_xml_add_alias (node, "", input->name);
    }
  if (!bv_conversion_wants_graphics (self))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (arch_inputs); i++)
    if (g_str_equal (arch_inputs[i].arch, self->arch->name) &&
        !has_input (devices, arch_inputs[i].type))
      add_input (self, arch_inputs[i].type, arch_inputs[i].bus);
  return TRUE;
}
