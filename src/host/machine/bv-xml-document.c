/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-xml-document.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <string.h>

#include "model/bv-error.h"

/* libvirt's word is trusted, but nothing outside the text is ever fetched. */
BvXmlDocument *
bv_xml_document_new (const char *text, GError **error)
{
  xmlDoc *self = xmlReadMemory (text, (int)strlen (text), NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

  if (self != NULL && xmlDocGetRootElement (self) != NULL)
    return self;
  g_clear_pointer (&self, xmlFreeDoc);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("libvirt told something that is no XML."));
  return NULL;
}

void
bv_xml_document_free (BvXmlDocument *self)
{
  xmlFreeDoc (self);
}

BvXml *
bv_xml_document_get_root (BvXmlDocument *self)
{
  return xmlDocGetRootElement (self);
}

char *
bv_xml_document_to_string (BvXmlDocument *self)
{
  xmlChar *text = NULL;
  char *copy;

  xmlDocDumpMemory (self, &text, NULL);
  copy = g_strdup ((const char *)text);
  xmlFree (text);
  return copy;
}

BvXml *
bv_xml_find_path (BvXml *self, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);

  for (guint i = 0; self != NULL && names[i] != NULL; i++)
    self = bv_xml_find (self, names[i]);
  return self;
}

BvXml *
bv_xml_next_same (BvXml *self)
{
  BvXml *next = bv_xml_next (self);

  while (next != NULL && !bv_xml_is (next, bv_xml_get_name (self)))
    next = bv_xml_next (next);
  return next;
}

const char *
bv_xml_get_child_text (BvXml *self, const char *name)
{
  BvXml *child = bv_xml_find (self, name);

  return child != NULL ? bv_xml_get_text (child) : NULL;
}

guint64
bv_xml_get_uint (BvXml *self, const char *key, guint64 otherwise)
{
  const char *text = bv_xml_get (self, key);
  guint64 number;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &number, NULL)
             ? number
             : otherwise;
}
