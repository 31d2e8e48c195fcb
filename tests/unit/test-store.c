/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/bv-error.h"
#include "runtime/store/bv-store.h"

typedef struct
{
  char *folder;
  BvStore *store;
} Fixture;

static BvStore *
open_store (const char *folder)
{
  g_autoptr (GError) error = NULL;
  BvStore *store = bv_store_new (folder, &error);

  g_assert_no_error (error);
  return store;
}

/* The writer's references go with its thread and with what it handed back to this one. */
static void
end_store (Fixture *fixture)
{
  bv_store_close (fixture->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->store));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-store-XXXXXX", NULL);
  fixture->store = open_store (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (fixture->store != NULL)
    end_store (fixture);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static BvStoreRow *
new_row (const char *name, const char *uid)
{
  BvStoreRow *row = g_new0 (BvStoreRow, 1);

  row->kind = g_strdup ("VirtualMachineInstance");
  row->namespace = g_strdup ("default");
  row->name = g_strdup (name);
  row->uid = g_strdup (uid);
  row->generation = 1;
  row->created = 1234567890123456;
  row->applied = g_strdup ("{\"a\":1}");
  row->manifest = g_strdup ("{\"b\":\"it's\"}");
  row->status = g_strdup ("{}");
  return row;
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static gboolean
write_batch (BvStore *store, BvStoreBatch *batch, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bv_store_write_async (store, batch, store_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return bv_store_write_finish (store, result, error);
}

static void
reopen (Fixture *fixture)
{
  end_store (fixture);
  fixture->store = open_store (fixture->folder);
}

static GPtrArray *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = bv_store_load (fixture->store, &error);

  g_assert_no_error (error);
  return rows;
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  BvStoreBatch *batch = bv_store_batch_new ();
  const BvStoreRow *row;

  bv_store_batch_put (batch, new_row ("a", "1"));
  bv_store_batch_put (batch, new_row ("b", "2"));
  bv_store_batch_put (batch, new_row ("c", "3"));
  g_assert_true (write_batch (fixture->store, batch, &error));
  batch = bv_store_batch_new ();
  bv_store_batch_set_status (batch, "2", "{\"phase\":\"Running\"}");
  bv_store_batch_delete (batch, "1");
  g_assert_true (write_batch (fixture->store, batch, &error));
  reopen (fixture);
  rows = load (fixture);
  g_assert_cmpuint (rows->len, ==, 2);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (row->name, ==, "b");
  g_assert_cmpstr (row->uid, ==, "2");
  g_assert_cmpstr (row->owner, ==, "");
  g_assert_cmpint (row->created, ==, 1234567890123456);
  g_assert_cmpstr (row->manifest, ==, "{\"b\":\"it's\"}");
  g_assert_cmpstr (row->status, ==, "{\"phase\":\"Running\"}");
}

/* A batch that fails half-way leaves nothing of itself, and does not harm its neighbours. */
static void
test_all_or_nothing (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *results[3] = { NULL };
  g_autoptr (GPtrArray) rows = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("vm-%u", i);
      BvStoreBatch *batch = bv_store_batch_new ();

      bv_store_batch_put (batch, new_row (name, name));
      if (i == 1)
        bv_store_batch_put (batch, new_row ("other", "vm-0"));
      bv_store_write_async (fixture->store, batch, store_result, &results[i]);
    }
  while (results[0] == NULL || results[1] == NULL || results[2] == NULL)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (bv_store_write_finish (fixture->store, results[i], &error), ==, i != 1);
      g_assert_cmpint (g_error_matches (error, BV_ERROR, BV_ERROR_INTERNAL), ==, i == 1);
      g_object_unref (results[i]);
    }
  reopen (fixture);
  rows = load (fixture);
  g_assert_cmpuint (rows->len, ==, 2);
}

static void
test_second_service (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bv_store_new (fixture->folder, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

static void
test_private (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "barevirt.db", "barevirt.db-wal", "barevirtd.lock" };
  g_autoptr (GError) error = NULL;
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_put (batch, new_row ("a", "1"));
  g_assert_true (write_batch (fixture->store, batch, &error));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);
      GStatBuf status;

      g_assert_cmpint (g_stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 0777, ==, 0600);
    }
}

static void
run_sql (Fixture *fixture, const char *sql)
{
  g_autofree char *path = g_build_filename (fixture->folder, "barevirt.db", NULL);
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_newer_schema (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  end_store (fixture);
  run_sql (fixture, "PRAGMA user_version = 2");
  g_assert_null (bv_store_new (fixture->folder, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "newer"));
}

/* The writing half of the next test: tells by the pipe which pairs of rows are on disk. */
static void
write_until_killed (const char *folder, int pipe)
{
  g_autoptr (BvStore) store = open_store (folder);

  for (guint i = 0;; i++)
    {
      g_autofree char *first = g_strdup_printf ("%u-a", i);
      g_autofree char *second = g_strdup_printf ("%u-b", i);
      BvStoreBatch *batch = bv_store_batch_new ();

      bv_store_batch_put (batch, new_row (first, first));
      bv_store_batch_put (batch, new_row (second, second));
      if (!write_batch (store, batch, NULL) || write (pipe, &i, sizeof i) != sizeof i)
        _exit (1);
    }
}

/* What was reported as written survives kill -9, and pairs are never torn. */
static void
test_kill (Fixture *fixture, gconstpointer data)
{
  guint expected = 0;

  end_store (fixture);
  for (guint round = 1; round <= 5; round++)
    {
      g_autoptr (GPtrArray) rows = NULL;
      g_autofree char *folder = g_strdup (fixture->folder);
      guint number = 0, seen = 0;
      int ends[2];
      pid_t child;

      g_assert_cmpint (pipe (ends), ==, 0);
      run_sql (fixture, "DELETE FROM object");
      child = fork ();
      if (child == 0)
        write_until_killed (folder, ends[1]);
      close (ends[1]);
      while (seen < round * 3 && read (ends[0], &number, sizeof number) == sizeof number)
        seen++;
      g_assert_cmpuint (seen, ==, round * 3);
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      while (read (ends[0], &number, sizeof number) == sizeof number)
        seen++;
      close (ends[0]);
      expected = seen * 2;
      fixture->store = open_store (fixture->folder);
      rows = load (fixture);
      g_assert_cmpuint (rows->len, >=, expected);
      g_assert_cmpuint (rows->len % 2, ==, 0);
      end_store (fixture);
    }
}

static char *
find_fact (GPtrArray *facts, const char *key)
{
  for (guint i = 0; i < facts->len; i++)
    if (g_str_equal (((BvStoreFact *)g_ptr_array_index (facts, i))->key, key))
      return ((BvStoreFact *)g_ptr_array_index (facts, i))->value;
  return NULL;
}

static void
test_facts (Fixture *fixture, gconstpointer data)
{
  BvStoreBatch *batch = bv_store_batch_new ();
  g_autoptr (GPtrArray) facts = NULL;
  g_autoptr (GError) error = NULL;

  bv_store_batch_set_fact (batch, "event", "1", "first");
  bv_store_batch_set_fact (batch, "event", "1", "again");
  bv_store_batch_set_fact (batch, "event", "2", "second");
  bv_store_batch_set_fact (batch, "other", "1", "elsewhere");
  bv_store_batch_drop_fact (batch, "event", "2");
  g_assert_true (write_batch (fixture->store, batch, &error));
  g_assert_no_error (error);
  end_store (fixture);
  fixture->store = open_store (fixture->folder);
  facts = bv_store_load_facts (fixture->store, "event", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (facts->len, ==, 1);
  g_assert_cmpstr (find_fact (facts, "1"), ==, "again");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/store/all-or-nothing", Fixture, NULL, set_up, test_all_or_nothing, tear_down);
  g_test_add ("/store/second-service", Fixture, NULL, set_up, test_second_service, tear_down);
  g_test_add ("/store/private", Fixture, NULL, set_up, test_private, tear_down);
  g_test_add ("/store/newer-schema", Fixture, NULL, set_up, test_newer_schema, tear_down);
  g_test_add ("/store/facts", Fixture, NULL, set_up, test_facts, tear_down);
  g_test_add ("/store/kill", Fixture, NULL, set_up, test_kill, tear_down);
  return g_test_run ();
}
