/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-domain.h"

#include <string.h>

#include "host/machine/bv-xml-document.h"

#define USER_ALIAS "ua-"

#define MOST_NAMES 8

/* What of a device is the host's. The two devices that are the same in both domains are found by
 * the first key that both have; a key is “child@attribute”, or “@attribute”, or NULL: the place
 * among those of the name. */
typedef struct
{
  const char *name;
  const char *keys[MOST_NAMES];
  const char *children[MOST_NAMES];
  const char *attributes[MOST_NAMES];
  const char *driver[MOST_NAMES]; /* attributes of <driver> */
} Device;

static const Device devices[] = {
  { "disk",
    { "alias@name", "target@dev" },
    { "source", "backingStore", "mirror", "auth", "encryption" },
    { "type" },
    { "type", "cache", "io", "discard", "detect_zeroes" } },
  { "filesystem", { "target@dir" }, { "source", "binary" } },
  { "interface",
    { "alias@name", "mac@address" },
    { "source", "target", "virtualport", "filterref", "bandwidth", "backend", "portForward" },
    { "type" } },
  { "serial", { "alias@name", "target@port" }, { "source", "log" }, { "type", "tty" } },
  { "parallel", { "alias@name", "target@port" }, { "source", "log" }, { "type", "tty" } },
  { "console", { "alias@name", "target@port" }, { "source", "log" }, { "type", "tty" } },
  { "channel", { "alias@name", "target@name" }, { "source", "log" }, { "type", "tty" } },
  { "redirdev", { "alias@name" }, { "source" }, { "type" } },
  { "graphics",
    { "@type" },
    { "listen" },
    { "port", "autoport", "websocket", "listen", "socket" } },
  { "hostdev", { "alias@name" }, { "source" }, { NULL }, { "name" } },
  { "memory", { "alias@name" }, { "source" } },
  { "rng", { NULL }, { "backend" } },
  { "vsock", { NULL }, { "cid" } },
};

/* What of the domain itself is. */
static const char *const domain_children[] = {
  "metadata", "cputune", "numatune", "memtune", "blkiotune", "resource", "seclabel", "commandline",
};
static const char *const firmware_children[] = { "loader", "nvram", "kernel", "initrd", "acpi" };

void
bv_migration_disk_free (BvMigrationDisk *self)
{
  g_free (self->target);
  g_free (self->volume);
  g_free (self->device);
  g_free (self->type);
  g_free (self->path);
  g_free (self);
}

/* By “child@attribute”. */
static const char *
get_value (BvXml *self, const char *path)
{
  const char *at = strchr (path, '@');
  g_autofree char *child = g_strndup (path, (gsize)(at - path));
  BvXml *node = child[0] != '\0' ? bv_xml_find (self, child) : self;

  return node != NULL ? bv_xml_get (node, at + 1) : NULL;
}

static BvMigrationDisk *
read_disk (BvXml *node)
{
  BvMigrationDisk *self = g_new0 (BvMigrationDisk, 1);
  const char *alias = get_value (node, "alias@name");
  const char *path = get_value (node, "source@file");

  self->target = g_strdup (get_value (node, "target@dev"));
  self->device = g_strdup (bv_xml_get (node, "device"));
  self->type = g_strdup (bv_xml_get (node, "type"));
  self->path = g_strdup (path != NULL ? path : get_value (node, "source@dev"));
  self->read_only = bv_xml_find (node, "readonly") != NULL;
  if (alias != NULL && g_str_has_prefix (alias, USER_ALIAS))
    alias += strlen (USER_ALIAS);
  self->volume = g_strdup (alias);
  return self;
}

GPtrArray *
bv_migration_domain_list_disks (const char *xml, GError **error)
{
  g_autoptr (BvXmlDocument) document = bv_xml_document_new (xml, error);
  GPtrArray *list;
  BvXml *node;

  if (document == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_migration_disk_free);
  node = bv_xml_find_path (bv_xml_document_get_root (document), "devices/disk");
  for (; node != NULL; node = bv_xml_next_same (node))
    g_ptr_array_add (list, read_disk (node));
  return list;
}

static void
remove_children (BvXml *self, const char *name)
{
  for (BvXml *child = bv_xml_find (self, name); child != NULL; child = bv_xml_find (self, name))
    bv_xml_remove (child);
}

/* All children NAME are TARGET's then. */
static void
take_children (BvXml *self, BvXml *target, const char *name)
{
  remove_children (self, name);
  for (BvXml *child = bv_xml_find (target, name); child != NULL; child = bv_xml_next_same (child))
    bv_xml_add_copy (self, child);
}

static void
take_attribute (BvXml *self, BvXml *target, const char *key)
{
  const char *value = bv_xml_get (target, key);

  if (value != NULL)
    bv_xml_set (self, key, value);
  else
    bv_xml_unset (self, key);
}

static gboolean
is_same (const Device *device, BvXml *self, BvXml *other)
{
  for (guint i = 0; device->keys[i] != NULL; i++)
    {
      const char *mine = get_value (self, device->keys[i]);
      const char *theirs = get_value (other, device->keys[i]);

      if (mine != NULL && theirs != NULL)
        return g_ascii_strcasecmp (mine, theirs) == 0;
    }
  return FALSE;
}

static BvXml *
find_nth (BvXml *parent, const char *name, guint index)
{
  BvXml *node = bv_xml_find (parent, name);

  while (node != NULL && index-- > 0)
    node = bv_xml_next_same (node);
  return node;
}

/* One that the other host did not make is kept as it is. */
static BvXml *
find_same (const Device *device, BvXml *self, guint index, BvXml *target_devices)
{
  BvXml *other = bv_xml_find (target_devices, device->name);

  if (device->keys[0] == NULL)
    return find_nth (target_devices, device->name, index);
  while (other != NULL && !is_same (device, self, other))
    other = bv_xml_next_same (other);
  return other;
}

static void
take_driver (const Device *device, BvXml *self, BvXml *target)
{
  BvXml *mine = bv_xml_find (self, "driver");
  BvXml *theirs = bv_xml_find (target, "driver");

  for (guint i = 0; mine != NULL && theirs != NULL && device->driver[i] != NULL; i++)
    take_attribute (mine, theirs, device->driver[i]);
}

static void
rewrite_device (const Device *device, BvXml *self, BvXml *target)
{
  take_driver (device, self, target);
  for (guint i = 0; device->attributes[i] != NULL; i++)
    take_attribute (self, target, device->attributes[i]);
  for (guint i = 0; device->children[i] != NULL; i++)
    take_children (self, target, device->children[i]);
}

static void
rewrite_devices (BvXml *self, BvXml *target)
{
  take_children (self, target, "emulator");
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      BvXml *node = bv_xml_find (self, devices[i].name);

      for (guint index = 0; node != NULL; index++, node = bv_xml_next_same (node))
        {
          BvXml *other = find_same (&devices[i], node, index, target);

          if (other != NULL)
            rewrite_device (&devices[i], node, other);
        }
    }
}

/* Only where both have it: a firmware that libvirt chose is not in what the other host made. */
static void
rewrite_firmware (BvXml *self, BvXml *target)
{
  for (guint i = 0; i < G_N_ELEMENTS (firmware_children); i++)
    if (bv_xml_find (self, firmware_children[i]) != NULL &&
        bv_xml_find (target, firmware_children[i]) != NULL)
      take_children (self, target, firmware_children[i]);
}

static void
rewrite_domain (BvXml *self, BvXml *target)
{
  BvXml *vcpu = bv_xml_find (self, "vcpu");
  BvXml *os = bv_xml_find (self, "os");

  for (guint i = 0; i < G_N_ELEMENTS (domain_children); i++)
    take_children (self, target, domain_children[i]);
  if (vcpu != NULL && bv_xml_find (target, "vcpu") != NULL)
    take_attribute (vcpu, bv_xml_find (target, "vcpu"), "cpuset");
  if (os != NULL && bv_xml_find (target, "os") != NULL)
    rewrite_firmware (os, bv_xml_find (target, "os"));
  bv_xml_unset (self, "id");
}

char *
bv_migration_domain_rewrite (const char *live, const char *target, GError **error)
{
  g_autoptr (BvXmlDocument) document = bv_xml_document_new (live, error);
  g_autoptr (BvXmlDocument) other = document != NULL ? bv_xml_document_new (target, error) : NULL;
  BvXml *root, *other_root, *list, *other_list;

  if (other == NULL)
    return NULL;
  root = bv_xml_document_get_root (document);
  other_root = bv_xml_document_get_root (other);
  list = bv_xml_find (root, "devices");
  other_list = bv_xml_find (other_root, "devices");
  rewrite_domain (root, other_root);
  if (list != NULL && other_list != NULL)
    rewrite_devices (list, other_list);
  return bv_xml_document_to_string (document);
}
