/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"

G_BEGIN_DECLS

/* What libvirt tells as XML, to be read with bv_xml_find() and the like. */
typedef struct _xmlDoc BvXmlDocument;

BvXmlDocument *bv_xml_document_new (const char *text, GError **error);
void bv_xml_document_free (BvXmlDocument *self);
BvXml *bv_xml_document_get_root (BvXmlDocument *self);
char *bv_xml_document_to_string (BvXmlDocument *self);

/* The element that PATH, names with “/” between them, leads to from SELF, or NULL. */
BvXml *bv_xml_find_path (BvXml *self, const char *path);

/* The next element called as SELF is, or NULL. */
BvXml *bv_xml_next_same (BvXml *self);

/* The text of the child NAME, or NULL. */
const char *bv_xml_get_child_text (BvXml *self, const char *name);

/* An attribute's number, or OTHERWISE. */
guint64 bv_xml_get_uint (BvXml *self, const char *key, guint64 otherwise);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvXmlDocument, bv_xml_document_free)

G_END_DECLS
