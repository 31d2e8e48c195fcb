/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-record.h"

#include <string.h>

static void
append_path (GString *text, const BvPath *path)
{
  if (path->parent != NULL)
    append_path (text, path->parent);
  if (path->name == NULL)
    {
      g_string_append_printf (text, "[%u]", path->index);
      return;
    }
  if (memchr (path->name, '.', path->name_length) != NULL ||
      memchr (path->name, '/', path->name_length) != NULL)
    {
      g_string_append_printf (text, "[\"%.*s\"]", (int)path->name_length, path->name);
      return;
    }
  if (text->len > 0)
    g_string_append_c (text, '.');
  g_string_append_len (text, path->name, path->name_length);
}

char *
bv_path_to_string (const BvPath *path)
{
  GString *text = g_string_new (NULL);

  if (path != NULL)
    append_path (text, path);
  return g_string_free (text, FALSE);
}

gboolean
bv_record_is_present (gconstpointer record, guint index)
{
  return (((const BvRecord *)record)->present >> index) & 1;
}

void
bv_record_set_present (gpointer record, guint index)
{
  ((BvRecord *)record)->present |= G_GUINT64_CONSTANT (1) << index;
}

/* Whether the field would be written: code may have filled it without its bit. */
gboolean
bv_record_has_field (const BvRecordType *type, gconstpointer record, guint index)
{
  const BvField *field = &type->fields[index];

  switch (field->kind)
    {
    case BV_FIELD_BOOLEAN:
    case BV_FIELD_INTEGER:
      return bv_record_is_present (record, index);
    case BV_FIELD_QUANTITY:
      return bv_quantity_is_given (BV_FIELD_AT (BvQuantity, record, field));
    case BV_FIELD_RECORD_LIST:
    case BV_FIELD_STRING_LIST:
    case BV_FIELD_INTEGER_LIST:
    case BV_FIELD_STRING_MAP:
    case BV_FIELD_QUANTITY_MAP:
    case BV_FIELD_RECORD_MAP:
      return BV_FIELD_COUNT (record, field) > 0;
    default:
      return *BV_FIELD_AT (gpointer, record, field) != NULL;
    }
}

const BvField *
bv_record_type_find (const BvRecordType *type, const char *name, gsize length)
{
  for (guint i = 0; i < type->n_fields; i++)
    if (type->fields[i].length == length && memcmp (type->fields[i].name, name, length) == 0)
      return &type->fields[i];
  return NULL;
}

const char *
bv_string_map_get (const BvStringPair *pairs, guint n_pairs, const char *key)
{
  for (guint i = 0; i < n_pairs; i++)
    if (g_str_equal (pairs[i].key, key))
      return pairs[i].value;
  return NULL;
}

gpointer
bv_record_map_get (const BvRecordPair *pairs, guint n_pairs, const char *key)
{
  for (guint i = 0; i < n_pairs; i++)
    if (g_str_equal (pairs[i].key, key))
      return pairs[i].record;
  return NULL;
}

const BvQuantity *
bv_quantity_map_get (const BvQuantityPair *pairs, guint n_pairs, const char *key)
{
  for (guint i = 0; i < n_pairs; i++)
    if (g_str_equal (pairs[i].key, key))
      return &pairs[i].value;
  return NULL;
}

static gboolean
quantities_equal (const BvQuantity *a, const BvQuantity *b)
{
  return bv_quantity_is_given (a) == bv_quantity_is_given (b) && bv_quantity_compare (a, b) == 0;
}

static gboolean
string_maps_equal (const BvStringPair *a, const BvStringPair *b, guint n)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (a[i].value, bv_string_map_get (b, n, a[i].key)) != 0)
      return FALSE;
  return TRUE;
}

static gboolean
quantity_maps_equal (const BvQuantityPair *a, const BvQuantityPair *b, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      const BvQuantity *other = bv_quantity_map_get (b, n, a[i].key);

      if (other == NULL || bv_quantity_compare (&a[i].value, other) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
record_maps_equal (const BvField *field, const BvRecordPair *a, const BvRecordPair *b, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!bv_record_equal (field->record, a[i].record, bv_record_map_get (b, n, a[i].key)))
      return FALSE;
  return TRUE;
}

static gboolean
items_equal (const BvField *field, gconstpointer a, gconstpointer b, guint n)
{
  switch (field->kind)
    {
    case BV_FIELD_STRING_MAP:
      return string_maps_equal (a, b, n);
    case BV_FIELD_QUANTITY_MAP:
      return quantity_maps_equal (a, b, n);
    case BV_FIELD_RECORD_MAP:
      return record_maps_equal (field, a, b, n);
    case BV_FIELD_INTEGER_LIST:
      return memcmp (a, b, n * sizeof (gint64)) == 0;
    default:
      break;
    }
  for (guint i = 0; i < n; i++)
    {
      gconstpointer x = ((const gconstpointer *)a)[i];
      gconstpointer y = ((const gconstpointer *)b)[i];

      if (field->kind == BV_FIELD_STRING_LIST ? g_strcmp0 (x, y) != 0
                                              : !bv_record_equal (field->record, x, y))
        return FALSE;
    }
  return TRUE;
}

/* Whether a field that both records have means the same in both. */
gboolean
bv_record_field_equal (const BvField *field, gconstpointer a, gconstpointer b)
{
  switch (field->kind)
    {
    case BV_FIELD_STRING:
    case BV_FIELD_INT_OR_STRING:
      return g_strcmp0 (*BV_FIELD_AT (const char *, a, field),
                        *BV_FIELD_AT (const char *, b, field)) == 0;
    case BV_FIELD_BOOLEAN:
      return !*BV_FIELD_AT (gboolean, a, field) == !*BV_FIELD_AT (gboolean, b, field);
    case BV_FIELD_INTEGER:
      return *BV_FIELD_AT (gint64, a, field) == *BV_FIELD_AT (gint64, b, field);
    case BV_FIELD_QUANTITY:
      return quantities_equal (BV_FIELD_AT (BvQuantity, a, field),
                               BV_FIELD_AT (BvQuantity, b, field));
    case BV_FIELD_OPAQUE:
      return bv_node_equal (*BV_FIELD_AT (const BvNode *, a, field),
                            *BV_FIELD_AT (const BvNode *, b, field));
    case BV_FIELD_RECORD:
      return bv_record_equal (field->record, *BV_FIELD_AT (gpointer, a, field),
                              *BV_FIELD_AT (gpointer, b, field));
    default:
      return BV_FIELD_COUNT (a, field) == BV_FIELD_COUNT (b, field) &&
             (BV_FIELD_COUNT (a, field) == 0 ||
              items_equal (field, *BV_FIELD_AT (gpointer, a, field),
                           *BV_FIELD_AT (gpointer, b, field), BV_FIELD_COUNT (a, field)));
    }
}

/* Whether they mean the same: `1Gi` is `1024Mi`, and the order of a map's members does not count.
 */
gboolean
bv_record_equal (const BvRecordType *type, gconstpointer a, gconstpointer b)
{
  if (a == NULL || b == NULL)
    return a == b;
  for (guint i = 0; i < type->n_fields; i++)
    {
      if (bv_record_has_field (type, a, i) != bv_record_has_field (type, b, i))
        return FALSE;
      if (!bv_record_field_equal (&type->fields[i], a, b))
        return FALSE;
    }
  return TRUE;
}

/* What one entry of a list or map takes. */
gsize
bv_field_item_size (BvFieldKind kind)
{
  switch (kind)
    {
    case BV_FIELD_STRING_MAP:
      return sizeof (BvStringPair);
    case BV_FIELD_QUANTITY_MAP:
      return sizeof (BvQuantityPair);
    case BV_FIELD_RECORD_MAP:
      return sizeof (BvRecordPair);
    case BV_FIELD_INTEGER_LIST:
      return sizeof (gint64);
    default:
      return sizeof (gpointer);
    }
}

static void
copy_items (const BvField *field, gpointer items, guint n, BvArena *arena)
{
  for (guint i = 0; i < n; i++)
    switch (field->kind)
      {
      case BV_FIELD_STRING_MAP:
        {
          BvStringPair *pair = (BvStringPair *)items + i;

          pair->key = bv_arena_strdup (arena, pair->key);
          pair->value = bv_arena_strdup (arena, pair->value);
          break;
        }
      case BV_FIELD_QUANTITY_MAP:
        {
          BvQuantityPair *pair = (BvQuantityPair *)items + i;

          pair->key = bv_arena_strdup (arena, pair->key);
          pair->value.text = bv_arena_strdup (arena, pair->value.text);
          break;
        }
      case BV_FIELD_STRING_LIST:
        ((char **)items)[i] = bv_arena_strdup (arena, ((char **)items)[i]);
        break;
      case BV_FIELD_RECORD_LIST:
        ((gpointer *)items)[i] = bv_record_copy (field->record, ((gpointer *)items)[i], arena);
        break;
      default:
        break;
      }
}

/* Makes the field of COPY, so far the same as its original's, independent of it. */
static void
copy_field (const BvField *field, gpointer copy, BvArena *arena)
{
  gpointer *place = BV_FIELD_AT (gpointer, copy, field);

  switch (field->kind)
    {
    case BV_FIELD_BOOLEAN:
    case BV_FIELD_INTEGER:
      break;
    case BV_FIELD_STRING:
    case BV_FIELD_INT_OR_STRING:
    case BV_FIELD_QUANTITY: /* begins with its text */
      *place = bv_arena_strdup (arena, *place);
      break;
    case BV_FIELD_OPAQUE:
      *place = *place == NULL ? NULL : bv_node_copy (arena, *place);
      break;
    case BV_FIELD_RECORD:
      *place = bv_record_copy (field->record, *place, arena);
      break;
    default:
      {
        guint n = BV_FIELD_COUNT (copy, field);
        gpointer items = bv_arena_alloc (arena, n * bv_field_item_size (field->kind));

        if (n == 0)
          break;
        memcpy (items, *place, n * bv_field_item_size (field->kind));
        copy_items (field, items, n, arena);
        *place = items;
      }
    }
}

gpointer
bv_record_copy (const BvRecordType *type, gconstpointer record, BvArena *arena)
{
  gpointer copy;

  if (record == NULL)
    return NULL;
  copy = bv_arena_alloc (arena, type->size);
  memcpy (copy, record, type->size);
  for (guint i = 0; i < type->n_fields; i++)
    copy_field (&type->fields[i], copy, arena);
  return copy;
}
