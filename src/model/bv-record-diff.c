/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-record-diff.h"

#include "model/bv-encode.h"

#include <string.h>

/* What differs between two records, by meaning and down to the single field. The items of a list
 * are matched by their names where they have any. */

typedef struct
{
  GPtrArray *changes;
  BvArena *arena;
} Differ;

static void diff_records (Differ *self, const BvRecordType *type, gconstpointer before,
                          gconstpointer after, const BvPath *path);

void
bv_field_change_free (BvFieldChange *self)
{
  g_free (self->path);
  g_free (self->before);
  g_free (self->after);
  g_free (self);
}

static char *
to_json (const BvNode *node)
{
  return node != NULL ? bv_node_to_json (node, FALSE) : NULL;
}

static void
add_change (Differ *self, const BvPath *path, const BvNode *before, const BvNode *after)
{
  BvFieldChange *change = g_new0 (BvFieldChange, 1);

  change->path = bv_path_to_string (path);
  change->before = to_json (before);
  change->after = to_json (after);
  g_ptr_array_add (self->changes, change);
}

static const BvNode *
encode_record (Differ *self, const BvRecordType *type, gconstpointer record)
{
  return record != NULL ? bv_encode_record (type, record, self->arena) : NULL;
}

static const BvNode *
encode_field (Differ *self, const BvField *field, gconstpointer record)
{
  return record != NULL ? bv_encode_field (field, record, self->arena) : NULL;
}

static const char *
get_name (const BvRecordType *type, gconstpointer record)
{
  const BvField *field = bv_record_type_find (type, "name", strlen ("name"));

  if (field == NULL || field->kind != BV_FIELD_STRING)
    return NULL;
  return *BV_FIELD_AT (const char *, record, field);
}

static gpointer *
get_items (const BvField *field, gconstpointer record, guint *n)
{
  *n = record != NULL ? BV_FIELD_COUNT (record, field) : 0;
  return *n > 0 ? *BV_FIELD_AT (gpointer *, record, field) : NULL;
}

/* The item that ITEM was, or is to become: the one of its name, else of its place. */
static gconstpointer
find_partner (const BvRecordType *type, gconstpointer item, guint place, gpointer *others, guint n)
{
  const char *name = get_name (type, item);

  if (name == NULL)
    return place < n ? others[place] : NULL;
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (get_name (type, others[i]), name) == 0)
      return others[i];
  return NULL;
}

static void
diff_lists (Differ *self, const BvField *field, gconstpointer before, gconstpointer after,
            const BvPath *path)
{
  guint n_before, n_after, n_changes = self->changes->len;
  gpointer *old_items = get_items (field, before, &n_before);
  gpointer *new_items = get_items (field, after, &n_after);

  for (guint i = 0; i < n_before; i++)
    {
      const BvPath item = { .parent = path, .index = i };

      if (find_partner (field->record, old_items[i], i, new_items, n_after) == NULL)
        add_change (self, &item, encode_record (self, field->record, old_items[i]), NULL);
    }
  for (guint i = 0; i < n_after; i++)
    {
      const BvPath item = { .parent = path, .index = i };
      gconstpointer old = find_partner (field->record, new_items[i], i, old_items, n_before);

      if (old == NULL)
        add_change (self, &item, NULL, encode_record (self, field->record, new_items[i]));
      else
        diff_records (self, field->record, old, new_items[i], &item);
    }
  /* The same items in another order. */
  if (self->changes->len == n_changes)
    add_change (self, path, encode_field (self, field, before), encode_field (self, field, after));
}

static void
diff_maps (Differ *self, const BvNode *before, const BvNode *after, const BvPath *path)
{
  for (const BvNode *child = before != NULL ? before->first : NULL; child; child = child->next)
    {
      const BvPath member = { .parent = path,
                              .name = child->key,
                              .name_length = child->key_length };

      if (after == NULL || bv_node_get (after, child->key) == NULL)
        add_change (self, &member, child, NULL);
    }
  for (const BvNode *child = after != NULL ? after->first : NULL; child; child = child->next)
    {
      const BvPath member = { .parent = path,
                              .name = child->key,
                              .name_length = child->key_length };
      const BvNode *old = before != NULL ? bv_node_get (before, child->key) : NULL;

      if (old == NULL || !bv_node_equal (old, child))
        add_change (self, &member, old, child);
    }
}

static void
diff_fields (Differ *self, const BvField *field, gconstpointer before, gconstpointer after,
             const BvPath *path)
{
  switch (field->kind)
    {
    case BV_FIELD_RECORD:
      if (before != NULL && after != NULL)
        {
          diff_records (self, field->record, *BV_FIELD_AT (gpointer, before, field),
                        *BV_FIELD_AT (gpointer, after, field), path);
          return;
        }
      break;
    case BV_FIELD_RECORD_LIST:
      diff_lists (self, field, before, after, path);
      return;
    case BV_FIELD_STRING_MAP:
      diff_maps (self, encode_field (self, field, before), encode_field (self, field, after), path);
      return;
    default:
      break;
    }
  add_change (self, path, encode_field (self, field, before), encode_field (self, field, after));
}

static void
diff_records (Differ *self, const BvRecordType *type, gconstpointer before, gconstpointer after,
              const BvPath *path)
{
  for (guint i = 0; i < type->n_fields; i++)
    {
      const BvField *field = &type->fields[i];
      const BvPath below = { .parent = path, .name = field->name, .name_length = field->length };
      gboolean was = bv_record_has_field (type, before, i);
      gboolean is = bv_record_has_field (type, after, i);

      if ((!was && !is) || (was && is && bv_record_field_equal (field, before, after)))
        continue;
      diff_fields (self, field, was ? before : NULL, is ? after : NULL, &below);
    }
}

/* The fields that differ, as BvFieldChange; BEFORE and AFTER are records of TYPE, and PATH is where
 * they stand, or NULL. */
GPtrArray *
bv_record_diff (const BvRecordType *type, gconstpointer before, gconstpointer after,
                const BvPath *path)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  Differ self = { g_ptr_array_new_with_free_func ((GDestroyNotify)bv_field_change_free), arena };

  diff_records (&self, type, before, after, path);
  return self.changes;
}
