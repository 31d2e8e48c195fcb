/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-info.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define USER_ALIAS "ua-"
#define AGENT_CHANNEL "org.qemu.guest_agent.0"

typedef xmlDoc XmlDocument;
typedef xmlChar XmlText;
typedef xmlBuffer XmlBuffer;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlDocument, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlText, xmlFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlBuffer, xmlBufferFree)

static void
interface_free (BvDomainInterface *self)
{
  g_free (self->name);
  g_free (self->mac);
  g_free (self->target);
  g_free (self->link_state);
  g_free (self);
}

BvDomainInfo *
bv_domain_info_new (const char *name, const char *uuid)
{
  BvDomainInfo *self = g_new0 (BvDomainInfo, 1);

  self->name = g_strdup (name);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->buses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->interfaces = g_ptr_array_new_with_free_func ((GDestroyNotify)interface_free);
  self->host_devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_strlcpy (self->uuid, uuid, sizeof self->uuid);
  return self;
}

void
bv_domain_info_free (BvDomainInfo *self)
{
  g_free (self->name);
  g_hash_table_unref (self->targets);
  g_hash_table_unref (self->buses);
  g_hash_table_unref (self->paths);
  g_ptr_array_unref (self->interfaces);
  g_hash_table_unref (self->host_devices);
  g_free (self->metadata);
  g_free (self->console_path);
  g_free (self);
}

/* The next element called so, from node on. */
static xmlNode *
find_element (xmlNode *node, const char *name)
{
  while (node != NULL &&
         (node->type != XML_ELEMENT_NODE || g_strcmp0 ((const char *)node->name, name) != 0))
    node = node->next;
  return node;
}

static xmlNode *
find_child (xmlNode *parent, const char *name)
{
  return parent != NULL ? find_element (parent->children, name) : NULL;
}

static gboolean
has_attribute (xmlNode *node, const char *name, const char *value)
{
  g_autoptr (XmlText) text = node != NULL ? xmlGetProp (node, (const xmlChar *)name) : NULL;

  return g_strcmp0 ((const char *)text, value) == 0;
}

static char *
dup_attribute (xmlNode *node, const char *name)
{
  g_autoptr (XmlText) text = node != NULL ? xmlGetProp (node, (const xmlChar *)name) : NULL;

  return g_strdup ((const char *)text);
}

static void
read_metadata (BvDomainInfo *self, xmlNode *root)
{
  xmlNode *metadata = find_child (root, "metadata");

  for (xmlNode *node = metadata != NULL ? metadata->children : NULL; node != NULL;
       node = node->next)
    {
      g_autoptr (XmlBuffer) buffer = NULL;

      if (node->ns == NULL || g_strcmp0 ((const char *)node->ns->href, BV_DOMAIN_METADATA_URI) != 0)
        continue;
      buffer = xmlBufferCreate ();
      xmlNodeDump (buffer, node->doc, node, 0, 0);
      g_free (self->metadata);
      self->metadata = g_strdup ((const char *)xmlBufferContent (buffer));
    }
}

static void
read_agent (BvDomainInfo *self, xmlNode *devices)
{
  for (xmlNode *node = find_child (devices, "channel"); node != NULL;
       node = find_element (node->next, "channel"))
    {
      xmlNode *target = find_child (node, "target");

      if (has_attribute (target, "name", AGENT_CHANNEL) &&
          has_attribute (target, "state", "connected"))
        self->agent_connected = TRUE;
    }
}

/* That of a drive which was emptied has nothing but a number. */
static gboolean
shows_something (xmlNode *source)
{
  static const char *const attributes[] = { "file", "dev", "protocol", "pool", "dir", "type" };

  for (guint i = 0; source != NULL && i < G_N_ELEMENTS (attributes); i++)
    if (xmlHasProp (source, (const xmlChar *)attributes[i]) != NULL)
      return TRUE;
  return FALSE;
}

static void
keep (GHashTable *table, const char *name, const char *value)
{
  if (name != NULL && value != NULL)
    g_hash_table_replace (table, g_strdup (name), g_strdup (value));
}

/* Empty drives are left out. */
static void
read_disks (BvDomainInfo *self, xmlNode *devices)
{
  for (xmlNode *node = find_child (devices, "disk"); node != NULL;
       node = find_element (node->next, "disk"))
    {
      xmlNode *source = find_child (node, "source");
      g_autofree char *alias = dup_attribute (find_child (node, "alias"), "name");
      g_autofree char *device = dup_attribute (find_child (node, "target"), "dev");
      g_autofree char *bus = dup_attribute (find_child (node, "target"), "bus");
      g_autofree char *path = dup_attribute (source, "file");

      if (!shows_something (source) || alias == NULL)
        continue;
      if (path == NULL)
        path = dup_attribute (source, "dev");
      keep (self->targets, alias, device);
      keep (self->buses, device, bus);
      keep (self->paths, alias, path);
    }
}

static const char *
find_of_disk (GHashTable *table, const char *name)
{
  g_autofree char *alias = g_strconcat (USER_ALIAS, name, NULL);

  return g_hash_table_lookup (table, alias);
}

/**
 * bv_domain_info_get_target:
 * @self: the info
 * @name: the name of a disk in its manifest
 *
 * Returns: (nullable): the disk's target, vda for one; %NULL if the domain has none of that name
 */
const char *
bv_domain_info_get_target (const BvDomainInfo *self, const char *name)
{
  return find_of_disk (self->targets, name);
}

/**
 * bv_domain_info_get_path:
 * @self: the info
 * @name: the name of a disk in its manifest
 *
 * Returns: (nullable): the file or block device that the disk shows; %NULL if it shows none
 */
const char *
bv_domain_info_get_path (const BvDomainInfo *self, const char *name)
{
  return find_of_disk (self->paths, name);
}

/* Those of ELEMENT whose alias begins so, which then goes on with the interface's name. */
static void
read_interfaces (BvDomainInfo *self, xmlNode *devices, const char *element, const char *prefix)
{
  for (xmlNode *node = find_child (devices, element); node != NULL;
       node = find_element (node->next, element))
    {
      g_autofree char *alias = dup_attribute (find_child (node, "alias"), "name");
      g_autofree char *queues = dup_attribute (find_child (node, "driver"), "queues");
      BvDomainInterface *interface;

      if (alias == NULL || !g_str_has_prefix (alias, prefix))
        continue;
      interface = g_new0 (BvDomainInterface, 1);
      interface->name = g_strdup (alias + strlen (prefix));
      interface->mac = dup_attribute (find_child (node, "mac"), "address");
      interface->target = dup_attribute (find_child (node, "target"), "dev");
      interface->link_state = dup_attribute (find_child (node, "link"), "state");
      interface->queues = queues != NULL ? (guint)g_ascii_strtoull (queues, NULL, 10) : 0;
      g_ptr_array_add (self->interfaces, interface);
    }
}

static void
read_host_devices (BvDomainInfo *self, xmlNode *devices)
{
  for (xmlNode *node = find_child (devices, "hostdev"); node != NULL;
       node = find_element (node->next, "hostdev"))
    {
      g_autofree char *alias = dup_attribute (find_child (node, "alias"), "name");

      if (alias != NULL && g_str_has_prefix (alias, USER_ALIAS))
        g_hash_table_add (self->host_devices, g_strdup (alias + strlen (USER_ALIAS)));
    }
}

static void
read_console (BvDomainInfo *self, xmlNode *devices)
{
  xmlNode *serial = find_child (devices, "serial");
  xmlNode *source = find_child (serial, "source");
  g_autoptr (XmlText) path = NULL;

  if (source == NULL ||
      (!has_attribute (serial, "type", "unix") && !has_attribute (serial, "type", "pty")))
    return;
  path = xmlGetProp (source, (const xmlChar *)"path");
  g_free (self->console_path);
  self->console_path = g_strdup ((const char *)path);
}

/**
 * bv_domain_info_read_xml:
 * @self: the info
 * @xml: the domain's XML, as libvirt gives it
 * @error: return location
 *
 * Takes from the XML what only stands there.
 *
 * Returns: whether it is XML
 */
gboolean
bv_domain_info_read_xml (BvDomainInfo *self, const char *xml, GError **error)
{
  g_autoptr (XmlDocument) document = xmlReadDoc (
      (const xmlChar *)xml, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
  xmlNode *devices;

  if (root == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INTERNAL,
                   _ ("What libvirt tells of the domain %s is not XML"), self->name);
      return FALSE;
    }
  devices = find_child (root, "devices");
  self->has_acpi = find_child (find_child (root, "features"), "acpi") != NULL;
  self->has_graphics = find_child (devices, "graphics") != NULL;
  bv_domain_size_read (&self->size, root);
  read_metadata (self, root);
  read_agent (self, devices);
  read_disks (self, devices);
  read_interfaces (self, devices, "interface", USER_ALIAS);
  read_interfaces (self, devices, "hostdev", USER_ALIAS "sriov-");
  read_host_devices (self, devices);
  read_console (self, devices);
  return TRUE;
}
