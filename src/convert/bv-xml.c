/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-xml.h"

#include <libxml/tree.h>

#define TEXT(string) ((const xmlChar *)(string))

/* The element that a libvirt-gconfig object stands for. */
BvXml *
bv_xml_of (GVirConfigObject *object)
{
  BvXml *node = NULL;

  g_object_get (object, "node", &node, NULL);
  return node;
}

BvXml *
bv_xml_add (BvXml *parent, const char *name)
{
  return xmlAddChild (parent, xmlNewDocNode (parent->doc, NULL, TEXT (name), NULL));
}

BvXml *
bv_xml_add_text (BvXml *parent, const char *name, const char *text)
{
  BvXml *self = bv_xml_add (parent, name);

  bv_xml_set_text (self, text);
  return self;
}

/* Writes VALUE to the end of BUFFER and returns where it begins; a tenth of what printf() costs,
 * and a guest with many CPUs has thousands of numbers. */
static const char *
format_uint (char (*buffer)[24], guint64 value)
{
  char *at = *buffer + sizeof *buffer - 1;

  *at = '\0';
  do
    *--at = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  return at;
}

BvXml *
bv_xml_add_uint (BvXml *parent, const char *name, guint64 value)
{
  char buffer[24];

  return bv_xml_add_text (parent, name, format_uint (&buffer, value));
}

/* The child NAME, made where it is not there. */
BvXml *
bv_xml_ensure (BvXml *parent, const char *name)
{
  BvXml *child = bv_xml_find (parent, name);

  return child != NULL ? child : bv_xml_add (parent, name);
}

static gboolean
has_attribute (const BvXml *self, const char *key)
{
  for (const xmlAttr *attribute = self->properties; attribute != NULL; attribute = attribute->next)
    if (xmlStrEqual (attribute->name, TEXT (key)))
      return TRUE;
  return FALSE;
}

/* Sets an attribute; NULL leaves it out. */
void
bv_xml_set (BvXml *self, const char *key, const char *value)
{
  if (value == NULL)
    return;
  if (!has_attribute (self, key))
    xmlNewProp (self, TEXT (key), TEXT (value));
  else
    xmlSetProp (self, TEXT (key), TEXT (value));
}

void
bv_xml_set_uint (BvXml *self, const char *key, guint64 value)
{
  char buffer[24];

  bv_xml_set (self, key, format_uint (&buffer, value));
}

void
bv_xml_set_yes (BvXml *self, const char *key, gboolean yes)
{
  bv_xml_set (self, key, yes ? "yes" : "no");
}

void
bv_xml_set_on (BvXml *self, const char *key, gboolean on)
{
  bv_xml_set (self, key, on ? "on" : "off");
}

/* xmlNewDocText() takes the text as it is; xmlNodeSetContent() would read entities in it. */
void
bv_xml_set_text (BvXml *self, const char *text)
{
  xmlNodeSetContent (self, NULL);
  if (text != NULL && text[0] != '\0')
    xmlAddChild (self, xmlNewDocText (self->doc, TEXT (text)));
}

void
bv_xml_declare (BvXml *self, const char *prefix, const char *uri)
{
  xmlNewNs (self, TEXT (uri), TEXT (prefix));
}

/* PREFIX must have been declared on an element above. */
BvXml *
bv_xml_add_prefixed (BvXml *parent, const char *prefix, const char *name)
{
  BvXml *self = bv_xml_add (parent, name);

  xmlSetNs (self, xmlSearchNs (parent->doc, parent, TEXT (prefix)));
  return self;
}

void
bv_xml_unset (BvXml *self, const char *key)
{
  xmlUnsetProp (self, TEXT (key));
}

void
bv_xml_remove (BvXml *self)
{
  xmlUnlinkNode (self);
  xmlFreeNode (self);
}

/* Makes it the last child of its parent. */
void
bv_xml_move_to_end (BvXml *self)
{
  BvXml *parent = self->parent;

  xmlUnlinkNode (self);
  xmlAddChild (parent, self);
}

BvXml *
bv_xml_add_copy (BvXml *parent, BvXml *node)
{
  BvXml *copy = xmlAddChild (parent, xmlDocCopyNode (node, parent->doc, 1));

  xmlReconciliateNs (parent->doc, copy);
  return copy;
}

static BvXml *
skip_to_element (BvXml *node)
{
  while (node != NULL && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

BvXml *
bv_xml_first (BvXml *self)
{
  return skip_to_element (self->children);
}

/* The next sibling element. */
BvXml *
bv_xml_next (BvXml *self)
{
  return skip_to_element (self->next);
}

/* The first child element called NAME, or NULL. */
BvXml *
bv_xml_find (BvXml *self, const char *name)
{
  for (BvXml *child = bv_xml_first (self); child != NULL; child = bv_xml_next (child))
    if (bv_xml_is (child, name))
      return child;
  return NULL;
}

const char *
bv_xml_get_name (BvXml *self)
{
  return (const char *)self->name;
}

gboolean
bv_xml_is (BvXml *self, const char *name)
{
  return xmlStrEqual (self->name, TEXT (name));
}

/* The value of an attribute, or NULL; the document's. */
const char *
bv_xml_get (BvXml *self, const char *key)
{
  const xmlAttr *attribute = xmlHasProp (self, TEXT (key));

  if (attribute == NULL)
    return NULL;
  return attribute->children == NULL ? "" : (const char *)attribute->children->content;
}

/* The text right below, or NULL; the document's. */
const char *
bv_xml_get_text (BvXml *self)
{
  const BvXml *child = self->children;

  return child != NULL && child->type == XML_TEXT_NODE ? (const char *)child->content : NULL;
}

/* Neither attributes nor anything below. */
gboolean
bv_xml_is_empty (BvXml *self)
{
  return self->properties == NULL && self->children == NULL;
}

BvXml *
bv_xml_parent (BvXml *self)
{
  return self->parent;
}

/* The element and all below it, as XML. */
char *
bv_xml_to_text (BvXml *self)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text;

  xmlNodeDump (buffer, self->doc, self, 0, 0);
  text = g_strdup ((const char *)xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}
