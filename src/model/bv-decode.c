/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-decode.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A longer list is no virtual machine; the limit keeps what a text costs near its own size. */
#define MAX_ITEMS 16384

/* Strict: every key known, once, and of its type. What is wrong becomes a cause, the rest is
 * decoded all the same, so that one pass finds everything. Null is absence. */

typedef struct
{
  BvArena *arena;
  BvCauseList *causes;
} Decoder;

static gpointer decode_record (const Decoder *self, const BvRecordType *type, const BvNode *node,
                               const BvPath *path);

static void G_GNUC_PRINTF (5, 6) refuse (const Decoder *self, BvMark mark, const char *reason,
                                         const BvPath *path, const char *format, ...)
{
  g_autofree char *field = bv_path_to_string (path);
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  bv_cause_list_add_at (self->causes, mark, BV_SEVERITY_ERROR, reason, field, message);
}

static gboolean
expect (const Decoder *self, const BvNode *node, BvNodeKind kind, const BvPath *path)
{
  if (node->kind == kind)
    return TRUE;
  if (kind == BV_NODE_STRING && node->kind < BV_NODE_STRING)
    refuse (self, node->mark, BV_REASON_INVALID, path,
            _ ("This must be a string, but YAML reads %s as %s; put it in quotes."),
            node->text == NULL ? "it" : node->text, bv_node_kind_to_string (node->kind));
  else
    refuse (self, node->mark, BV_REASON_INVALID, path, _ ("This must be %s, not %s."),
            bv_node_kind_to_string (kind), bv_node_kind_to_string (node->kind));
  return FALSE;
}

static void
check_enum (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path)
{
  g_autofree char *allowed = NULL;
  const char *meant;

  if (field->values == NULL || node->text_length == 0 ||
      g_strv_contains (field->values, node->text))
    return;
  allowed = g_strjoinv (", ", (char **)field->values);
  meant = bv_suggest (node->text, field->values);
  if (meant != NULL)
    refuse (self, node->mark, field->reason, path, _ ("“%s” is not one of %s; did you mean “%s”?"),
            node->text, allowed, meant);
  else
    refuse (self, node->mark, field->reason, path, _ ("“%s” is not one of %s."), node->text,
            allowed);
}

static gboolean
is_base64 (const char *text, gsize length)
{
  gsize n = 0;
  gsize padding = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\n' || text[i] == '\r')
        continue;
      if (!g_ascii_isalnum (text[i]) && strchr ("+/=", text[i]) == NULL)
        return FALSE;
      if (padding > 0 && text[i] != '=')
        return FALSE;
      padding += text[i] == '=';
      n++;
    }
  return n % 4 == 0 && padding <= 2;
}

static const char *
decode_string (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path)
{
  if (!expect (self, node, BV_NODE_STRING, path))
    return NULL;
  check_enum (self, field, node, path);
  if ((field->flags & BV_FIELD_BASE64) != 0 && !is_base64 (node->text, node->text_length))
    refuse (self, node->mark, BV_REASON_INVALID, path,
            _ ("This is not base64; encode the value with “base64 -w0”."));
  return node->text;
}

static const char *
decode_int_or_string (const Decoder *self, const BvNode *node, const BvPath *path)
{
  if (node->kind == BV_NODE_INTEGER)
    return node->text;
  return expect (self, node, BV_NODE_STRING, path) ? node->text : NULL;
}

static gboolean
decode_integer (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path,
                gint64 *value)
{
  if (!expect (self, node, BV_NODE_INTEGER, path))
    return FALSE;
  if (bv_node_get_integer (node, value) && *value >= field->minimum && *value <= field->maximum)
    return TRUE;
  refuse (
      self, node->mark, BV_REASON_INVALID, path,
      _ ("%s is out of range: the least is %" G_GINT64_FORMAT ", the most %" G_GINT64_FORMAT "."),
      node->text, field->minimum, field->maximum);
  return FALSE;
}

static gboolean
decode_quantity (const Decoder *self, const BvNode *node, const BvPath *path, BvQuantity *quantity)
{
  BvQuantity read = { 0 };
  const char *text = node->text;

  if (node->kind < BV_NODE_INTEGER || node->kind > BV_NODE_STRING)
    return expect (self, node, BV_NODE_STRING, path);
  /* In a field, Kubernetes overlooks blanks around the amount. */
  if (g_ascii_isspace (text[0]) ||
      (node->text_length > 0 && g_ascii_isspace (text[node->text_length - 1])))
    text = g_strstrip (bv_arena_strdup (self->arena, text));
  if (!bv_quantity_parse (text, &read))
    {
      refuse (self, node->mark, BV_REASON_INVALID, path,
              _ ("“%s” is no quantity; write a number with one of the suffixes Ki Mi Gi Ti Pi Ei, "
                 "n u m "
                 "k M G T P E or an exponent, such as 512Mi or 1.5G."),
              node->text);
      return FALSE;
    }
  *quantity = read;
  return TRUE;
}

static guint
count_items (const Decoder *self, const BvNode *node, BvNodeKind kind, const BvPath *path)
{
  if (!expect (self, node, kind, path))
    return 0;
  if (node->n_children <= MAX_ITEMS)
    return node->n_children;
  refuse (self, node->mark, BV_REASON_INVALID, path,
          _ ("There are %u entries here; at most %d can be."), node->n_children, MAX_ITEMS);
  return 0;
}

/* A string, or a record, of a list; NULL where it could not be taken. */
static gpointer
decode_pointer (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path)
{
  if (node->kind == BV_NODE_NULL)
    {
      refuse (self, node->mark, BV_REASON_REQUIRED, path,
              _ ("This entry of the list is empty; fill it in or remove it."));
      return NULL;
    }
  if (field->kind == BV_FIELD_STRING_LIST)
    return (gpointer)decode_string (self, field, node, path);
  return decode_record (self, field->record, node, path);
}

/* One entry of a list or map, into ITEM; FALSE where it could not be taken. */
static gboolean
decode_item (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path,
             gpointer item)
{
  switch ((BvFieldKind)field->kind)
    {
    case BV_FIELD_INTEGER_LIST:
      return decode_integer (self, field, node, path, item);
    case BV_FIELD_STRING_MAP:
      ((BvStringPair *)item)->key = node->key;
      ((BvStringPair *)item)->value =
          node->kind == BV_NODE_NULL ? "" : decode_string (self, field, node, path);
      return ((BvStringPair *)item)->value != NULL;
    case BV_FIELD_QUANTITY_MAP:
      ((BvQuantityPair *)item)->key = node->key;
      return decode_quantity (self, node, path, &((BvQuantityPair *)item)->value);
    case BV_FIELD_RECORD_MAP:
      ((BvRecordPair *)item)->key = node->key;
      ((BvRecordPair *)item)->record = decode_record (self, field->record, node, path);
      return ((BvRecordPair *)item)->record != NULL;
    default:
      *(gpointer *)item = decode_pointer (self, field, node, path);
      return *(gpointer *)item != NULL;
    }
}

static void
decode_items (const Decoder *self, const BvField *field, gpointer record, const BvNode *node,
              const BvPath *path)
{
  gboolean map = field->kind >= BV_FIELD_STRING_MAP;
  guint n = count_items (self, node, map ? BV_NODE_MAP : BV_NODE_LIST, path);
  gsize size = bv_field_item_size (field->kind);
  guint taken = 0;
  guint index = 0;
  char *items;

  if (n == 0)
    return;
  items = bv_arena_alloc (self->arena, n * size);
  for (const BvNode *child = node->first; child != NULL; child = child->next, index++)
    {
      BvPath place = { path, map ? child->key : NULL, child->key_length, index };

      if (decode_item (self, field, child, &place, items + taken * size))
        taken++;
    }
  *BV_FIELD_AT (gpointer, record, field) = items;
  BV_FIELD_COUNT (record, field) = taken;
}

static gboolean
decode_boolean (const Decoder *self, const BvNode *node, const BvPath *path, gboolean *value)
{
  if (!expect (self, node, BV_NODE_BOOLEAN, path))
    return FALSE;
  *value = bv_node_get_boolean (node);
  return TRUE;
}

static const BvNode *
decode_opaque (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path)
{
  guint index = 0;

  if ((field->flags & BV_FIELD_OPAQUE_LIST) == 0)
    return expect (self, node, BV_NODE_MAP, path) ? node : NULL;
  if (!expect (self, node, BV_NODE_LIST, path))
    return NULL;
  /* What is in it is not looked at, but such a list is one of objects. */
  for (const BvNode *item = node->first; item != NULL; item = item->next, index++)
    {
      const BvPath item_path = { .parent = path, .index = index };

      if (!expect (self, item, BV_NODE_MAP, &item_path))
        return NULL;
    }
  return node;
}

/* TRUE where the field now has a value. */
static gboolean
decode_value (const Decoder *self, const BvField *field, gpointer record, const BvNode *node,
              const BvPath *path)
{
  gpointer *place = BV_FIELD_AT (gpointer, record, field);

  switch ((BvFieldKind)field->kind)
    {
    case BV_FIELD_STRING:
      *place = (gpointer)decode_string (self, field, node, path);
      break;
    case BV_FIELD_INT_OR_STRING:
      *place = (gpointer)decode_int_or_string (self, node, path);
      break;
    case BV_FIELD_BOOLEAN:
      return decode_boolean (self, node, path, BV_FIELD_AT (gboolean, record, field));
    case BV_FIELD_INTEGER:
      return decode_integer (self, field, node, path, BV_FIELD_AT (gint64, record, field));
    case BV_FIELD_QUANTITY:
      return decode_quantity (self, node, path, BV_FIELD_AT (BvQuantity, record, field));
    case BV_FIELD_OPAQUE:
      *place = (gpointer)decode_opaque (self, field, node, path);
      break;
    case BV_FIELD_RECORD:
      *place = decode_record (self, field->record, node, path);
      break;
    case BV_FIELD_RECORD_LIST:
    case BV_FIELD_STRING_LIST:
    case BV_FIELD_INTEGER_LIST:
    case BV_FIELD_STRING_MAP:
    case BV_FIELD_QUANTITY_MAP:
    case BV_FIELD_RECORD_MAP:
      decode_items (self, field, record, node, path);
      break;
    }
  return TRUE;
}

static void
refuse_unknown (const Decoder *self, const BvRecordType *type, const BvNode *node,
                const BvPath *path)
{
  g_autofree const char **known = g_new0 (const char *, type->n_fields + 1);
  const char *meant;

  for (guint i = 0; i < type->n_fields; i++)
    known[i] = type->fields[i].name;
  meant = bv_suggest (node->key, known);
  if (meant != NULL)
    refuse (self, node->key_mark, BV_REASON_UNKNOWN_FIELD, path,
            _ ("There is no field “%s” in %s; did you mean “%s”?"), node->key, type->name, meant);
  else
    refuse (self, node->key_mark, BV_REASON_UNKNOWN_FIELD, path,
            _ ("There is no field “%s” in %s; “barevirt schema” lists them."), node->key,
            type->name);
}

static void
refuse_missing (const Decoder *self, const BvRecordType *type, const BvNode *node, gpointer record,
                guint64 seen, const BvPath *path)
{
  for (guint i = 0; i < type->n_fields; i++)
    {
      const BvField *field = &type->fields[i];
      BvPath place = { path, field->name, field->length, 0 };

      if ((field->flags & BV_FIELD_REQUIRED) == 0 || (seen >> i & 1) != 0)
        continue;
      refuse (self, node->key != NULL ? node->key_mark : node->mark, BV_REASON_REQUIRED, &place,
              _ ("The field “%s” is required here; add it."), field->name);
    }
}

static void
warn_deprecated (const Decoder *self, const BvField *field, const BvNode *node, const BvPath *path)
{
  g_autofree char *name = bv_path_to_string (path);
  g_autofree char *message =
      g_strdup_printf (_ ("“%s” is deprecated: %s"), field->name, field->deprecated);

  bv_cause_list_add_at (self->causes, node->key_mark, BV_SEVERITY_WARNING, BV_REASON_NOT_SUPPORTED,
                        name, message);
}

static gpointer
decode_record (const Decoder *self, const BvRecordType *type, const BvNode *node,
               const BvPath *path)
{
  guint64 seen = 0;
  guint guess = 0;
  gpointer record;

  if (!expect (self, node, BV_NODE_MAP, path))
    return NULL;
  record = bv_arena_alloc (self->arena, type->size);
  for (const BvNode *child = node->first; child != NULL; child = child->next)
    {
      BvPath place = { path, child->key, child->key_length, 0 };
      const BvField *field = &type->fields[guess];

      /* Keys often come in the schema's order. */
      if (guess >= type->n_fields || field->length != child->key_length ||
          memcmp (field->name, child->key, child->key_length) != 0)
        field = bv_record_type_find (type, child->key, child->key_length);
      if (field == NULL)
        {
          refuse_unknown (self, type, child, &place);
          continue;
        }
      guess = field - type->fields + 1;
      if (child->kind == BV_NODE_NULL)
        continue;
      seen |= G_GUINT64_CONSTANT (1) << (guess - 1);
      if (field->deprecated != NULL)
        warn_deprecated (self, field, child, &place);
      if (decode_value (self, field, record, child, &place))
        bv_record_set_present (record, guess - 1);
    }
  refuse_missing (self, type, node, record, seen, path);
  return record;
}

/* The record that NODE holds, in ARENA, or NULL where it is none at all; what is wrong goes to
 * CAUSES. Strings and opaque values stay NODE's, so that ARENA must not outlive its. */
gpointer
bv_decode_record (const BvRecordType *type, const BvNode *node, const BvPath *path, BvArena *arena,
                  BvCauseList *causes)
{
  Decoder self = { arena, causes };

  return decode_record (&self, type, node, path);
}

/* One field of RECORD, the INDEX of its type, from NODE; FALSE where nothing of it could be taken.
 */
gboolean
bv_decode_field (const BvField *field, guint index, gpointer record, const BvNode *node,
                 const BvPath *path, BvArena *arena, BvCauseList *causes)
{
  Decoder self = { arena, causes };

  if (!decode_value (&self, field, record, node, path))
    return FALSE;
  bv_record_set_present (record, index);
  return TRUE;
}
