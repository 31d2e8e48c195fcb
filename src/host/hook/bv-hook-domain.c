/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/hook/bv-hook-domain.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

#include "model/bv-error.h"

/* The author of a manifest must not get more of the host than the VM. So a manifest's hook may
 * change these parts, which the guest alone sees; what is left of the domain without them must be
 * what it was. A new part is listed only where no value of it names anything of the host, raises
 * what the guest takes of it, or makes QEMU read what the guest wrote as something else. */
static const char *const free_parts[] = {
  "/domain/title",
  "/domain/description",
  "/domain/sysinfo[@type='smbios']",
  "/domain/os/smbios",
  "/domain/os/boot",
  "/domain/os/bootmenu",
  "/domain/os/bios",
  "/domain/os/cmdline",
  "/domain/features",
  "/domain/cpu/@*",
  "/domain/cpu/*[not(self::numa) and not(self::topology)]",
  "/domain/clock",
  "/domain/pm",
  "/domain/devices/*/boot",
  "/domain/devices/*/address",
  "/domain/devices/disk/serial",
  "/domain/devices/disk/wwn",
  "/domain/devices/disk/vendor",
  "/domain/devices/disk/product",
  "/domain/devices/disk/geometry",
  "/domain/devices/disk/blockio",
  "/domain/devices/disk/target/@bus",
  "/domain/devices/disk/target/@tray",
  "/domain/devices/disk/target/@removable",
  "/domain/devices/disk/target/@rotation_rate",
  "/domain/devices/disk/driver/@cache",
  "/domain/devices/disk/driver/@io",
  "/domain/devices/disk/driver/@discard",
  "/domain/devices/disk/driver/@detect_zeroes",
  "/domain/devices/disk/driver/@error_policy",
  "/domain/devices/disk/driver/@rerror_policy",
  "/domain/devices/disk/driver/@event_idx",
  "/domain/devices/disk/driver/@ioeventfd",
  "/domain/devices/disk/driver/@packed",
  "/domain/devices/interface/model",
  "/domain/devices/interface/mac",
  "/domain/devices/interface/link",
  "/domain/devices/interface/mtu",
  "/domain/devices/controller",
  "/domain/devices/input[@type='tablet' or @type='keyboard' or @type='mouse']",
  "/domain/devices/sound[not(audio)]",
  "/domain/devices/hub",
  "/domain/devices/panic",
  "/domain/devices/video/model/@type",
  "/domain/devices/video/model/@heads",
  "/domain/devices/video/model/@primary",
};

/* No hook changes these: by them the service knows its domains. */
static const char *const fixed_parts[] = { "/domain/name", "/domain/uuid" };

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathObject, xmlXPathFreeObject)

/* A document type could name files, or grow without end. */
static xmlDoc *
parse (const char *text, GError **error)
{
  g_autoptr (xmlDoc) document = NULL;
  xmlNode *root;

  if (strstr (text, "<!DOCTYPE") == NULL)
    document = xmlReadMemory (text, strlen (text), NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  XML_PARSE_NOBLANKS | XML_PARSE_NOCDATA);
  root = document != NULL ? xmlDocGetRootElement (document) : NULL;
  if (root != NULL && document->intSubset == NULL && g_strcmp0 ((char *)root->name, "domain") == 0)
    return g_steal_pointer (&document);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("its answer is no libvirt domain in XML."));
  return NULL;
}

static gboolean
is_blank (const xmlNode *node)
{
  return node->type == XML_COMMENT_NODE ||
         (node->type == XML_TEXT_NODE && xmlIsBlankNode ((xmlNode *)node));
}

static gboolean
has_elements_beside (const xmlNode *node)
{
  for (const xmlNode *other = node->parent->children; other != NULL; other = other->next)
    if (other->type == XML_ELEMENT_NODE)
      return TRUE;
  return FALSE;
}

/* Comments, and the white space between elements, mean nothing. */
static void
drop_blanks (xmlNode *node)
{
  xmlNode *next;

  for (xmlNode *child = node->children; child != NULL; child = next)
    {
      next = child->next;
      if (child->type == XML_COMMENT_NODE || (is_blank (child) && has_elements_beside (child)))
        {
          xmlUnlinkNode (child);
          xmlFreeNode (child);
        }
      else
        drop_blanks (child);
    }
}

/* Takes a part out, and what is empty without it. */
static void
take_out (xmlNode *node)
{
  xmlNode *parent = node->parent;

  if (node->type == XML_ATTRIBUTE_NODE)
    xmlRemoveProp ((xmlAttr *)node);
  else
    {
      xmlUnlinkNode (node);
      xmlFreeNode (node);
    }
  if (parent->type == XML_ELEMENT_NODE && parent->children == NULL && parent->properties == NULL &&
      parent->parent->type == XML_ELEMENT_NODE)
    {
      xmlUnlinkNode (parent);
      xmlFreeNode (parent);
    }
}

static void
take_out_all (xmlDoc *document, const char *path)
{
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
  g_autoptr (xmlXPathObject) found = xmlXPathEvalExpression ((const xmlChar *)path, context);
  int n = found != NULL && found->nodesetval != NULL ? found->nodesetval->nodeNr : 0;

  /* From the last on: what is below another comes before it goes. */
  while (n-- > 0)
    {
      xmlNode *node = found->nodesetval->nodeTab[n];

      found->nodesetval->nodeTab[n] = NULL;
      take_out (node);
    }
}

static char *
get_text (xmlDoc *document, const char *path)
{
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
  g_autofree char *expression = g_strdup_printf ("string(%s)", path);
  g_autoptr (xmlXPathObject) found = xmlXPathEvalExpression ((const xmlChar *)expression, context);

  return g_strdup (found != NULL ? (const char *)found->stringval : NULL);
}

static char *
get_path (xmlNode *node)
{
  xmlChar *path = xmlGetNodePath (node);
  char *copy = g_strdup ((const char *)path);

  xmlFree (path);
  return copy;
}

static gboolean
namespaces_equal (const xmlNs *a, const xmlNs *b)
{
  return g_strcmp0 (a != NULL ? (const char *)a->href : NULL,
                    b != NULL ? (const char *)b->href : NULL) == 0;
}

static gboolean
attributes_are_in (xmlNode *a, xmlNode *b)
{
  for (xmlAttr *attribute = a->properties; attribute != NULL; attribute = attribute->next)
    {
      const xmlChar *space = attribute->ns != NULL ? attribute->ns->href : NULL;
      xmlChar *mine = xmlGetNsProp (a, attribute->name, space);
      xmlChar *other = xmlGetNsProp (b, attribute->name, space);
      gboolean equal = g_strcmp0 ((char *)mine, (char *)other) == 0;

      xmlFree (mine);
      xmlFree (other);
      if (!equal)
        return FALSE;
    }
  return TRUE;
}

static gboolean
own_equal (xmlNode *a, xmlNode *b)
{
  if (a->type != b->type || g_strcmp0 ((char *)a->name, (char *)b->name) != 0)
    return FALSE;
  if (a->type != XML_ELEMENT_NODE)
    return g_strcmp0 ((char *)a->content, (char *)b->content) == 0;
  return namespaces_equal (a->ns, b->ns) && attributes_are_in (a, b) && attributes_are_in (b, a);
}

/* The place where the two first differ, or NULL. */
static char *
find_difference (xmlNode *a, xmlNode *b)
{
  xmlNode *x = a->children, *y = b->children;

  if (!own_equal (a, b))
    return get_path (b);
  for (; x != NULL && y != NULL; x = x->next, y = y->next)
    {
      char *path = find_difference (x, y);

      if (path != NULL)
        return path;
    }
  return x != NULL || y != NULL ? get_path (x != NULL ? x : y) : NULL;
}

static gboolean
check_fixed (xmlDoc *before, xmlDoc *after, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixed_parts); i++)
    {
      g_autofree char *was = get_text (before, fixed_parts[i]);
      g_autofree char *is = get_text (after, fixed_parts[i]);

      if (g_strcmp0 (was, is) == 0)
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
                   _ ("it changed %s, by which the service knows the guest."), fixed_parts[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_rest (xmlDoc *before, xmlDoc *after, GError **error)
{
  g_autofree char *path = NULL;

  drop_blanks (xmlDocGetRootElement (before));
  drop_blanks (xmlDocGetRootElement (after));
  for (guint i = 0; i < G_N_ELEMENTS (free_parts); i++)
    {
      take_out_all (before, free_parts[i]);
      take_out_all (after, free_parts[i]);
    }
  path = find_difference (xmlDocGetRootElement (before), xmlDocGetRootElement (after));
  if (path == NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
               _ ("it changed %s, which could reach more of the host than the guest. The hook of a "
                  "manifest may not; one in the host's hooks.d may."),
               path);
  return FALSE;
}

gboolean
bv_hook_domain_check (const char *before, const char *after, gboolean host_hook, GError **error)
{
  g_autoptr (xmlDoc) old = parse (before, error);
  g_autoptr (xmlDoc) new = old != NULL ? parse (after, error) : NULL;

  return new != NULL &&check_fixed (old, new, error) && (host_hook || check_rest (old, new, error));
}
