/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-encode.h"

#include <string.h>

/* Records back to nodes, from which each text form is written. The nodes share the records'
 * strings. */

static BvNode *
new_node (BvArena *arena, BvNodeKind kind)
{
  return bv_node_new (arena, kind, (BvMark){ 0, 0 });
}

static BvNode *
new_scalar (BvArena *arena, BvNodeKind kind, const char *text)
{
  BvNode *node = new_node (arena, kind);

  node->text = text;
  node->text_length = strlen (text);
  return node;
}

static BvNode *
new_integer (BvArena *arena, gint64 value)
{
  return new_scalar (arena, BV_NODE_INTEGER, bv_arena_printf (arena, "%" G_GINT64_FORMAT, value));
}

static BvNode *
new_int_or_string (BvArena *arena, const char *text)
{
  gboolean digits = text[0] != '\0' && text[strspn (text, "0123456789")] == '\0';

  return new_scalar (arena, digits ? BV_NODE_INTEGER : BV_NODE_STRING, text);
}

static BvNode *
encode_map (const BvField *field, gconstpointer record, BvArena *arena)
{
  BvNode *map = new_node (arena, BV_NODE_MAP);
  guint n = BV_FIELD_COUNT (record, field);

  for (guint i = 0; i < n; i++)
    if (field->kind == BV_FIELD_RECORD_MAP)
      {
        const BvRecordPair *pair = *BV_FIELD_AT (BvRecordPair *, record, field) + i;

        bv_node_set (arena, map, pair->key, bv_encode_record (field->record, pair->record, arena));
      }
    else if (field->kind == BV_FIELD_STRING_MAP)
      {
        const BvStringPair *pair = *BV_FIELD_AT (BvStringPair *, record, field) + i;

        bv_node_set (arena, map, pair->key, new_scalar (arena, BV_NODE_STRING, pair->value));
      }
    else
      {
        const BvQuantityPair *pair = *BV_FIELD_AT (BvQuantityPair *, record, field) + i;

        bv_node_set (arena, map, pair->key, new_scalar (arena, BV_NODE_STRING, pair->value.text));
      }
  return map;
}

static BvNode *
encode_list (const BvField *field, gconstpointer record, BvArena *arena)
{
  BvNode *list = new_node (arena, BV_NODE_LIST);
  guint n = BV_FIELD_COUNT (record, field);

  for (guint i = 0; i < n; i++)
    {
      BvNode *item;

      if (field->kind == BV_FIELD_INTEGER_LIST)
        item = new_integer (arena, (*BV_FIELD_AT (gint64 *, record, field))[i]);
      else if (field->kind == BV_FIELD_STRING_LIST)
        item = new_scalar (arena, BV_NODE_STRING, (*BV_FIELD_AT (const char **, record, field))[i]);
      else
        item =
            bv_encode_record (field->record, (*BV_FIELD_AT (gpointer *, record, field))[i], arena);
      bv_node_append (list, item);
    }
  return list;
}

BvNode *
bv_encode_field (const BvField *field, gconstpointer record, BvArena *arena)
{
  switch ((BvFieldKind)field->kind)
    {
    case BV_FIELD_STRING:
      return new_scalar (arena, BV_NODE_STRING, *BV_FIELD_AT (const char *, record, field));
    case BV_FIELD_INT_OR_STRING:
      return new_int_or_string (arena, *BV_FIELD_AT (const char *, record, field));
    case BV_FIELD_BOOLEAN:
      return new_scalar (arena, BV_NODE_BOOLEAN,
                         *BV_FIELD_AT (gboolean, record, field) ? "true" : "false");
    case BV_FIELD_INTEGER:
      return new_integer (arena, *BV_FIELD_AT (gint64, record, field));
    case BV_FIELD_QUANTITY:
      return new_scalar (arena, BV_NODE_STRING, BV_FIELD_AT (BvQuantity, record, field)->text);
    case BV_FIELD_OPAQUE:
      return bv_node_copy (arena, *BV_FIELD_AT (const BvNode *, record, field));
    case BV_FIELD_RECORD:
      return bv_encode_record (field->record, *BV_FIELD_AT (gpointer, record, field), arena);
    case BV_FIELD_STRING_MAP:
    case BV_FIELD_QUANTITY_MAP:
    case BV_FIELD_RECORD_MAP:
      return encode_map (field, record, arena);
    case BV_FIELD_RECORD_LIST:
    case BV_FIELD_STRING_LIST:
    case BV_FIELD_INTEGER_LIST:
      return encode_list (field, record, arena);
    }
  g_return_val_if_reached (NULL);
}

BvNode *
bv_encode_record (const BvRecordType *type, gconstpointer record, BvArena *arena)
{
  BvNode *map = new_node (arena, BV_NODE_MAP);

  for (guint i = 0; i < type->n_fields; i++)
    {
      BvNode *child;

      if (!bv_record_has_field (type, record, i))
        continue;
      child = bv_encode_field (&type->fields[i], record, arena);
      child->key = type->fields[i].name;
      child->key_length = type->fields[i].length;
      bv_node_append (map, child);
    }
  return map;
}
