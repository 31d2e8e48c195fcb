/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "random-record.h"

#include "model/bv-cause.h"
#include "model/bv-manifest.h"
#include "model/bv-object-private.h"

#include <string.h>

/* Decode, encode and decode again gives an equal object: for each case of the conformance suite and
 * for random objects of every kind. */

#define ROUNDS 150

static BvManifest *
read_text (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return bv_manifest_new_from_bytes (bytes, "text", BV_MANIFEST_NONE);
}

static void
print_causes (BvManifest *manifest)
{
  GPtrArray *causes = bv_manifest_get_causes (manifest);

  for (guint i = 0; i < causes->len; i++)
    {
      g_autofree char *line = bv_cause_to_string (causes->pdata[i]);

      g_test_message ("%s", line);
    }
}

static BvObject *
read_object (const char *text)
{
  g_autoptr (BvManifest) manifest = read_text (text);
  GListModel *objects = bv_manifest_get_objects (manifest);

  if (!bv_manifest_is_valid (manifest) || g_list_model_get_n_items (objects) != 1)
    {
      print_causes (manifest);
      g_test_message ("%s", text);
    }
  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_cmpuint (g_list_model_get_n_items (objects), ==, 1);
  return g_list_model_get_item (objects, 0);
}

static void
check (BvObject *object, char *(*encode) (BvObject *))
{
  g_autofree char *text = encode (object);
  g_autoptr (BvObject) again = read_object (text);
  g_autofree char *second = encode (again);

  if (!bv_object_equal (object, again))
    g_test_message ("%s\n%s", text, second);
  g_assert_true (bv_object_equal (object, again));
  g_assert_true (bv_object_equal (again, object));
  g_assert_cmpstr (text, ==, second);
}

static void
check_all (BvObject *object)
{
  g_autoptr (BvObject) copy = bv_object_copy (object);

  check (object, bv_object_to_yaml);
  check (object, bv_object_to_json);
  g_assert_true (bv_object_equal (object, copy));
}

static void
test_cases (void)
{
  const char *folder = g_getenv ("BAREVIRT_CASES");
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) cases = NULL;
  const char *name;
  guint n = 0;

  g_assert_nonnull (folder);
  cases = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  while ((name = g_dir_read_name (cases)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, "vmi.yaml", NULL);
      g_autoptr (BvManifest) manifest = bv_manifest_new_from_file (path, BV_MANIFEST_NONE, &error);
      g_autoptr (BvObject) object = NULL;

      g_assert_no_error (error);
      if (!bv_manifest_is_valid (manifest))
        continue;
      object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
      check_all (object);
      n++;
    }
  g_assert_cmpuint (n, >, 200);
}

/* What an object must have to be read at all. */
static void
name_object (const BvKindType *kind, gpointer record, BvArena *arena)
{
  static const char *const fields[] = { "apiVersion", "kind", "metadata" };
  BvApiObjectMeta *metadata = random_record (&bv_api_object_meta_type, arena);
  gpointer values[] = { (gpointer)kind->api_versions[0], (gpointer)kind->kind, metadata };

  metadata->name = "guest";
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const BvField *field = bv_record_type_find (kind->record, fields[i], strlen (fields[i]));

      *BV_FIELD_AT (gpointer, record, field) = values[i];
      bv_record_set_present (record, field - kind->record->fields);
    }
}

static void
test_random (gconstpointer data)
{
  const BvKindType *kind = data;

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (BvArena) arena = bv_arena_new ();
      gpointer record = random_record (kind->record, arena);
      g_autoptr (BvObject) object = NULL;

      name_object (kind, record, arena);
      object = bv_object_new_for_record (kind, record, arena, NULL, NULL, 0);
      check_all (object);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/roundtrip/cases", test_cases);
  for (guint i = 0; i < bv_n_kind_types; i++)
    {
      g_autofree char *path = g_strconcat ("/roundtrip/random/", bv_kind_types[i].kind, NULL);

      g_test_add_data_func (path, &bv_kind_types[i], test_random);
    }
  return g_test_run ();
}
