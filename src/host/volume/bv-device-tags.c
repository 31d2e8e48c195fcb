/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-device-tags.h"

#include "host/machine/bv-xml-document.h"
#include "model/bv-vmi-private.h"

/* A tag is how a program in the guest finds, say, the one card of two that is for storage: the
 * config drive tells at which address libvirt put it. */

#define ALIAS_PREFIX "ua-"
#define HOST_DEVICE_PREFIX "hostdevice-"
#define GPU_PREFIX "gpu-"
#define FUNCTION_PREFIX "sriov-"

typedef struct
{
  JsonBuilder *builder;
  guint n_written;
} Writer;

static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

static const char *
find_interface_tag (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_interfaces; i++)
    if (g_strcmp0 (devices->interfaces[i]->name, name) == 0)
      return devices->interfaces[i]->tag;
  return NULL;
}

static const char *
find_host_device_tag (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_host_devices; i++)
    if (g_strcmp0 (devices->host_devices[i]->name, name) == 0)
      return devices->host_devices[i]->tag;
  return NULL;
}

static const char *
find_gpu_tag (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_gpus; i++)
    if (g_strcmp0 (devices->gpus[i]->name, name) == 0)
      return devices->gpus[i]->tag;
  return NULL;
}

/* How the alias of an element tells which device of the manifest it is. */
static const struct
{
  const char *element;
  const char *prefix;
  const char *type;
  const char *(*find_tag) (const BvApiDevices *devices, const char *name);
} kinds[] = {
  { "interface", "", "nic", find_interface_tag },
  { "hostdev", FUNCTION_PREFIX, "nic", find_interface_tag },
  { "hostdev", HOST_DEVICE_PREFIX, "hostdev", find_host_device_tag },
  { "hostdev", GPU_PREFIX, "hostdev", find_gpu_tag },
};

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static char *
read_address (BvXml *device)
{
  BvXml *address = bv_xml_find (device, "address");
  static const char *const parts[] = { "domain", "bus", "slot", "function" };
  guint numbers[G_N_ELEMENTS (parts)];

  if (address == NULL || g_strcmp0 (bv_xml_get (address, "type"), "pci") != 0)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const char *text = bv_xml_get (address, parts[i]);

      numbers[i] = text != NULL ? (guint)g_ascii_strtoull (text, NULL, 0) : 0;
    }
  return g_strdup_printf ("%04x:%02x:%02x.%x", numbers[0], numbers[1], numbers[2], numbers[3]);
}

static void
write_device (Writer *self, BvXml *device, const char *type, const char *tag)
{
  BvXml *mac = bv_xml_find (device, "mac");
  g_autofree char *address = read_address (device);

  if (address == NULL)
    return;
  if (self->n_written++ == 0)
    {
      json_builder_set_member_name (self->builder, "devices");
      json_builder_begin_array (self->builder);
    }
  json_builder_begin_object (self->builder);
  add_string (self->builder, "type", type);
  add_string (self->builder, "bus", "pci");
  add_string (self->builder, "address", address);
  add_string (self->builder, "mac", mac != NULL ? bv_xml_get (mac, "address") : NULL);
  json_builder_set_member_name (self->builder, "tags");
  json_builder_begin_array (self->builder);
  json_builder_add_string_value (self->builder, tag);
  json_builder_end_array (self->builder);
  json_builder_end_object (self->builder);
}

static void
look_at (Writer *self, const BvApiDevices *devices, BvXml *device)
{
  BvXml *alias = bv_xml_find (device, "alias");
  const char *name = alias != NULL ? bv_xml_get (alias, "name") : NULL;

  if (name == NULL || !g_str_has_prefix (name, ALIAS_PREFIX))
    return;
  name += strlen (ALIAS_PREFIX);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *tag;

      if (!bv_xml_is (device, kinds[i].element) || !g_str_has_prefix (name, kinds[i].prefix))
        continue;
      tag = kinds[i].find_tag (devices, name + strlen (kinds[i].prefix));
      if (!is_given (tag))
        continue;
      write_device (self, device, kinds[i].type, tag);
      return;
    }
}

gboolean
bv_device_tags_are_used (BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  const BvApiDevices *devices = spec->domain->devices;
  gboolean drive = FALSE, tagged = FALSE;

  for (guint i = 0; i < spec->n_volumes; i++)
    drive = drive || spec->volumes[i]->cloud_init_config_drive != NULL;
  if (!drive || devices == NULL)
    return FALSE;
  for (guint i = 0; i < devices->n_interfaces; i++)
    tagged = tagged || is_given (devices->interfaces[i]->tag);
  for (guint i = 0; i < devices->n_host_devices; i++)
    tagged = tagged || is_given (devices->host_devices[i]->tag);
  for (guint i = 0; i < devices->n_gpus; i++)
    tagged = tagged || is_given (devices->gpus[i]->tag);
  return tagged;
}

gboolean
bv_device_tags_write (BvVmi *vmi, const char *domain_xml, JsonBuilder *builder, GError **error)
{
  const BvApiDevices *devices = bv_vmi_get_record (vmi)->spec->domain->devices;
  g_autoptr (BvXmlDocument) document = bv_xml_document_new (domain_xml, error);
  Writer writer = { builder, 0 };
  BvXml *parent;

  if (document == NULL)
    return FALSE;
  parent = bv_xml_find_path (bv_xml_document_get_root (document), "devices");
  for (BvXml *device = parent != NULL ? bv_xml_first (parent) : NULL; device != NULL;
       device = bv_xml_next (device))
    look_at (&writer, devices, device);
  if (writer.n_written > 0)
    json_builder_end_array (builder);
  return TRUE;
}
