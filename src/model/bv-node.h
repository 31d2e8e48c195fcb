/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-arena.h"

G_BEGIN_DECLS

typedef enum
{
  BV_NODE_NULL,
  BV_NODE_BOOLEAN,
  BV_NODE_INTEGER,
  BV_NODE_NUMBER,
  BV_NODE_STRING,
  BV_NODE_LIST,
  BV_NODE_MAP,
} BvNodeKind;

/* Lines and columns count from 1; 0 means that the value was not read from a text. */
typedef struct
{
  guint32 line;
  guint32 column;
} BvMark;

typedef struct _BvNode BvNode;

/* One value of a document, as YAML's or JSON's core types; the children of a map carry their keys.
 */
struct _BvNode
{
  BvNodeKind kind;
  guint32 n_children;
  BvMark mark;
  BvMark key_mark;
  const char *key;
  const char *text; /* scalars; NULL for null, list and map */
  guint32 key_length;
  guint32 text_length;
  BvNode *first;
  BvNode *last;
  BvNode *next;
};

BvNode *bv_node_new (BvArena *arena, BvNodeKind kind, BvMark mark);
BvNode *bv_node_new_string (BvArena *arena, const char *text);
void bv_node_append (BvNode *self, BvNode *child);
void bv_node_set (BvArena *arena, BvNode *self, const char *key, BvNode *value);
BvNode *bv_node_copy (BvArena *arena, const BvNode *self);
BvNode *bv_node_new_from_variant (BvArena *arena, GVariant *variant);
const BvNode *bv_node_get (const BvNode *self, const char *key);
const char *bv_node_get_text (const BvNode *self, const char *key);
const BvNode *bv_node_find (const BvNode *self, const char *path);
BvMark bv_node_locate (const BvNode *self, const char *path);
gboolean bv_node_equal (const BvNode *a, const BvNode *b);
gboolean bv_node_get_boolean (const BvNode *self);
gboolean bv_node_get_integer (const BvNode *self, gint64 *value);
gboolean bv_text_fits_xml (const char *text);
gboolean bv_node_fits_xml (const BvNode *self);
const char *bv_node_kind_to_string (BvNodeKind kind);

G_END_DECLS
