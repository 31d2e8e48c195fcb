/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-field-path.h"

#include "model/bv-decode.h"
#include "model/bv-encode.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Fields reached by their path: what bindings and D-Bus use instead of a getter for each of 800
 * fields. */

GVariant *
bv_field_path_get (const BvRecordType *type, gconstpointer record, const char *path)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  const BvNode *root = bv_encode_record (type, record, arena);
  const BvNode *node = bv_node_find (root, path);

  return node == NULL ? NULL : g_variant_ref_sink (bv_node_to_variant (node));
}

/* One step of a path: the field, and the item of it where the path has an index. */
typedef struct
{
  const BvField *field;
  gboolean indexed;
  guint index;
  const char *rest; /* "" at the end */
} Step;

static gboolean
read_step (const BvRecordType *type, const char *path, Step *step, GError **error)
{
  gsize length = strcspn (path, ".[");
  const char *at = path + length;

  *step = (Step){ .field = bv_record_type_find (type, path, length) };
  if (step->field == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("There is no field “%.*s” in %s."), (int)length, path, type->name);
      return FALSE;
    }
  if (*at == '[' && step->field->kind != BV_FIELD_STRING_MAP &&
      step->field->kind != BV_FIELD_QUANTITY_MAP)
    {
      char *end;
      guint64 index = g_ascii_strtoull (at + 1, &end, 10);

      if (end == at + 1 || *end != ']' || index > G_MAXINT)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("“%s” is no path: an index such as [0] is expected after “%.*s”."), path,
                       (int)length, path);
          return FALSE;
        }
      step->indexed = TRUE;
      step->index = index;
      at = end + 1;
    }
  step->rest = at + (*at == '.');
  return TRUE;
}

/* Makes room for one more item, and returns its place. */
static gpointer *
append_item (const BvField *field, gpointer record, BvArena *arena)
{
  guint n = BV_FIELD_COUNT (record, field);
  gpointer *items = bv_arena_alloc (arena, (n + 1) * sizeof (gpointer));

  if (n > 0)
    memcpy (items, *BV_FIELD_AT (gpointer *, record, field), n * sizeof (gpointer));
  *BV_FIELD_AT (gpointer *, record, field) = items;
  BV_FIELD_COUNT (record, field) = n + 1;
  return &items[n];
}

static gpointer *
find_item (const Step *step, gpointer record, BvArena *arena, GError **error)
{
  guint n = step->field->count_offset == 0 ? 0 : BV_FIELD_COUNT (record, step->field);

  if (step->field->kind != BV_FIELD_RECORD_LIST && step->field->kind != BV_FIELD_STRING_LIST)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("“%s” takes no index."),
                   step->field->name);
      return NULL;
    }
  if (step->index > n)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” has %u entries; entry %u cannot be set."), step->field->name, n,
                   step->index);
      return NULL;
    }
  return step->index < n ? &(*BV_FIELD_AT (gpointer *, record, step->field))[step->index]
                         : append_item (step->field, record, arena);
}

/* Moves a decoded field from SCRATCH, a record of the same type, to its place. */
static void
take_field (const Step *step, guint index, gpointer record, gconstpointer scratch)
{
  static const gsize sizes[] = {
    [BV_FIELD_BOOLEAN] = sizeof (gboolean),
    [BV_FIELD_INTEGER] = sizeof (gint64),
    [BV_FIELD_QUANTITY] = sizeof (BvQuantity),
    [BV_FIELD_RECORD_MAP] = 0, /* the last kind */
  };
  gsize size = sizes[step->field->kind] != 0 ? sizes[step->field->kind] : sizeof (gpointer);

  memcpy (BV_FIELD_AT (char, record, step->field), BV_FIELD_AT (char, scratch, step->field), size);
  if (step->field->count_offset != 0)
    BV_FIELD_COUNT (record, step->field) = BV_FIELD_COUNT (scratch, step->field);
  bv_record_set_present (record, index);
}

static gboolean
report (GPtrArray *causes, const char *path, GError **error)
{
  if (!bv_causes_have_error (causes))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, "%s: %s", path,
               bv_cause_get_message (causes->pdata[0]));
  return FALSE;
}

static gboolean
set_leaf (const BvRecordType *type, const Step *step, gpointer record, BvArena *arena,
          const char *path, const BvNode *node, GError **error)
{
  g_autoptr (GPtrArray) causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  BvCauseList list = { .causes = causes };
  guint index = step->field - type->fields;
  gpointer scratch = bv_arena_alloc (arena, type->size);
  BvNode *items;
  gpointer *item;

  if (!step->indexed)
    {
      bv_decode_field (step->field, index, scratch, node, NULL, arena, &list);
      if (!report (causes, path, error))
        return FALSE;
      take_field (step, index, record, scratch);
      return TRUE;
    }

  items = bv_node_new (arena, BV_NODE_LIST, (BvMark){ 0, 0 });
  bv_node_append (items, (BvNode *)node);
  bv_decode_field (step->field, index, scratch, items, NULL, arena, &list);
  if (!report (causes, path, error))
    return FALSE;
  item = find_item (step, record, arena, error);
  if (item == NULL)
    return FALSE;
  *item = (*BV_FIELD_AT (gpointer *, scratch, step->field))[0];
  bv_record_set_present (record, index);
  return TRUE;
}

static gboolean
set_below (const BvRecordType *type, gpointer record, BvArena *arena, const char *path,
           const char *whole, const BvNode *node, GError **error)
{
  Step step;
  gpointer *place;

  if (!read_step (type, path, &step, error))
    return FALSE;
  if (*step.rest == '\0')
    return set_leaf (type, &step, record, arena, whole, node, error);
  if (step.field->record == NULL || (step.field->kind == BV_FIELD_RECORD_LIST) != step.indexed)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("“%s” has no field “%s”."),
                   step.field->name, step.rest);
      return FALSE;
    }

  place = step.indexed ? find_item (&step, record, arena, error)
                       : BV_FIELD_AT (gpointer, record, step.field);
  if (place == NULL)
    return FALSE;
  if (*place == NULL)
    *place = bv_arena_alloc (arena, step.field->record->size);
  return set_below (step.field->record, *place, arena, step.rest, whole, node, error);
}

/* Works on a copy first, so that an error leaves RECORD as it was. */
gboolean
bv_field_path_set (const BvRecordType *type, gpointer record, BvArena *arena, const char *path,
                   GVariant *value, GError **error)
{
  gpointer copy = bv_record_copy (type, record, arena);
  const BvNode *node = bv_node_new_from_variant (arena, value);

  if (!set_below (type, copy, arena, path, path, node, error))
    return FALSE;
  return set_below (type, record, arena, path, path, node, error);
}
