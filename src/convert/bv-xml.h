/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

G_BEGIN_DECLS

/* Elements of a domain that libvirt-gconfig does not model, or of which there are too many for a
 * GObject each. No other file sees libxml2. A BvXml is owned by its document. Names and keys must
 * be static strings; values are copied. */
typedef struct _xmlNode BvXml;

BvXml *bv_xml_of (GVirConfigObject *object);
BvXml *bv_xml_add (BvXml *parent, const char *name);
BvXml *bv_xml_add_text (BvXml *parent, const char *name, const char *text);
BvXml *bv_xml_add_uint (BvXml *parent, const char *name, guint64 value);
BvXml *bv_xml_ensure (BvXml *parent, const char *name);
void bv_xml_set (BvXml *self, const char *key, const char *value);
void bv_xml_set_uint (BvXml *self, const char *key, guint64 value);
void bv_xml_set_yes (BvXml *self, const char *key, gboolean yes);
void bv_xml_set_on (BvXml *self, const char *key, gboolean on);
void bv_xml_set_text (BvXml *self, const char *text);
void bv_xml_declare (BvXml *self, const char *prefix, const char *uri);
BvXml *bv_xml_add_prefixed (BvXml *parent, const char *prefix, const char *name);
void bv_xml_unset (BvXml *self, const char *key);
void bv_xml_remove (BvXml *self);
void bv_xml_move_to_end (BvXml *self);
/* A copy of NODE, of any document, as the last child of PARENT. */
BvXml *bv_xml_add_copy (BvXml *parent, BvXml *node);

BvXml *bv_xml_find (BvXml *self, const char *name);
BvXml *bv_xml_first (BvXml *self);
BvXml *bv_xml_next (BvXml *self);
BvXml *bv_xml_parent (BvXml *self);
const char *bv_xml_get_name (BvXml *self);
gboolean bv_xml_is (BvXml *self, const char *name);
const char *bv_xml_get (BvXml *self, const char *key);
const char *bv_xml_get_text (BvXml *self);
gboolean bv_xml_is_empty (BvXml *self);
char *bv_xml_to_text (BvXml *self);

G_END_DECLS
