/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-bundle.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-json.h"

static const struct
{
  const char *name;
  gsize offset;
} texts[] = {
  { "kind", G_STRUCT_OFFSET (BvStoreRow, kind) },
  { "namespace", G_STRUCT_OFFSET (BvStoreRow, namespace) },
  { "name", G_STRUCT_OFFSET (BvStoreRow, name) },
  { "uid", G_STRUCT_OFFSET (BvStoreRow, uid) },
  { "owner", G_STRUCT_OFFSET (BvStoreRow, owner) },
  { "applied", G_STRUCT_OFFSET (BvStoreRow, applied) },
  { "manifest", G_STRUCT_OFFSET (BvStoreRow, manifest) },
  { "status", G_STRUCT_OFFSET (BvStoreRow, status) },
};

static JsonObject *
write_row (const BvStoreRow *row)
{
  JsonObject *object = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    json_object_set_string_member (object, texts[i].name,
                                   G_STRUCT_MEMBER (char *, row, texts[i].offset));
  json_object_set_int_member (object, "generation", row->generation);
  json_object_set_int_member (object, "created", row->created);
  return object;
}

char *
bv_migration_bundle_write (GPtrArray *rows)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  json_node_take_array (root, array);
  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (array, write_row (g_ptr_array_index (rows, i)));
  return json_to_string (root, FALSE);
}

static gboolean
is_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING;
}

/* NULL for what is none: it came from another host. */
static BvStoreRow *
read_row (JsonNode *node)
{
  g_autoptr (BvStoreRow) row = g_new0 (BvStoreRow, 1);
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  object = json_node_get_object (node);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (!is_text (object, texts[i].name))
        return NULL;
      G_STRUCT_MEMBER (char *, row, texts[i].offset) =
          g_strdup (json_object_get_string_member (object, texts[i].name));
    }
  row->generation = json_object_get_int_member_with_default (object, "generation", 1);
  row->created = json_object_get_int_member_with_default (object, "created", 0);
  return g_uuid_string_is_valid (row->uid) ? g_steal_pointer (&row) : NULL;
}

static GPtrArray *
read_rows (JsonArray *array)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_store_row_free);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      BvStoreRow *row = read_row (json_array_get_element (array, i));

      if (row == NULL)
        return NULL;
      g_ptr_array_add (rows, row);
    }
  return g_steal_pointer (&rows);
}

/* An array of BvStoreRow. */
GPtrArray *
bv_migration_bundle_read (const char *text, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse (text, NULL);
  GPtrArray *rows = NULL;

  if (root != NULL && JSON_NODE_HOLDS_ARRAY (root))
    rows = read_rows (json_node_get_array (root));
  if (rows == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("What the other host sent is no list of objects. Are both of the same version "
                    "of Barevirt?"));
  return rows;
}

/* The first of KIND, or NULL. */
const BvStoreRow *
bv_migration_bundle_find (GPtrArray *rows, const char *kind)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->kind, kind))
        return row;
    }
  return NULL;
}
