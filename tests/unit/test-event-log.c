/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-manifest.h"
#include "runtime/store/bv-event-log.h"

#include <glib/gstdio.h>
#include <string.h>

#define MOST 60
#define MOST_OF_AN_OBJECT 50

typedef struct
{
  char *folder;
  BvStore *store;
  BvEventLog *log;
  BvObject *one;
  BvObject *two;
} Fixture;

static BvObject *
read_object (const char *name)
{
  g_autofree char *text =
      g_strdup_printf ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n", name);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, name, BV_MANIFEST_NONE);
  BvObject *object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);

  bv_object_set_uid (object, name);
  return object;
}

static void
open_log (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->store = bv_store_new (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->log = bv_event_log_new (fixture->store, MOST);
  g_assert_true (bv_event_log_load (fixture->log, &error));
}

static void
close_log (Fixture *fixture)
{
  bv_event_log_flush (fixture->log);
  bv_store_close (fixture->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->log));
  g_assert_finalize_object (g_steal_pointer (&fixture->store));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-event-log-XXXXXX", NULL);
  fixture->one = read_object ("one");
  fixture->two = read_object ("two");
  open_log (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  close_log (fixture);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_clear_object (&fixture->one);
  g_clear_object (&fixture->two);
}

static const BvEvent *
get (GPtrArray *events, guint i)
{
  return g_ptr_array_index (events, i);
}

/* What happens again moves to the end, with its count; so it is read again. */
static void
test_counts (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GPtrArray) events = NULL;

      if (round == 0)
        {
          bv_event_log_tell (fixture->log, fixture->one, "Normal", "A", "same");
          bv_event_log_tell (fixture->log, fixture->one, "Normal", "B", "escape \033[31m");
          bv_event_log_tell (fixture->log, fixture->two, "Normal", "A", "same");
          bv_event_log_tell (fixture->log, fixture->one, "Normal", "A", "same");
        }
      events = bv_event_log_list (fixture->log, "ConfigMap", "default", "one");
      g_assert_cmpuint (events->len, ==, 2);
      for (guint i = 0; i < 2; i++)
        if (g_str_equal (get (events, i)->reason, "A"))
          {
            g_assert_cmpint (get (events, i)->count, ==, 2);
            g_assert_cmpint (get (events, i)->first, <=, get (events, i)->last);
          }
        else
          g_assert_cmpstr (get (events, i)->message, ==, "escape  [31m");
      close_log (fixture);
      open_log (fixture);
    }
}

static void
tell_many (Fixture *fixture, BvObject *object, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *message = g_strdup_printf ("number %u", i);

      bv_event_log_tell (fixture->log, object, "Warning", "Many", message);
    }
}

/* One object cannot drive out the others, and the oldest go first; neither comes back. */
static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (GPtrArray) stored = NULL;

  tell_many (fixture, fixture->two, 5);
  tell_many (fixture, fixture->one, 3 * MOST);
  all = bv_event_log_list (fixture->log, NULL, NULL, NULL);
  one = bv_event_log_list (fixture->log, "ConfigMap", "default", "one");
  g_assert_cmpuint (one->len, ==, MOST_OF_AN_OBJECT);
  g_assert_cmpuint (all->len, ==, MOST_OF_AN_OBJECT + 5);
  g_assert_cmpstr (get (one, one->len - 1)->message, ==, "number 179");
  close_log (fixture);
  open_log (fixture);
  stored = bv_event_log_list (fixture->log, NULL, NULL, NULL);
  g_assert_cmpuint (stored->len, ==, MOST_OF_AN_OBJECT + 5);
}

/* The journal's part is left to the tests of the service. */
static GLogWriterOutput
say_nothing (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  return level & G_LOG_FLAG_FATAL ? g_log_writer_default (level, fields, n_fields, data)
                                  : G_LOG_WRITER_HANDLED;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_log_set_writer_func (say_nothing, NULL, NULL);
  g_test_add ("/event-log/counts", Fixture, NULL, set_up, test_counts, tear_down);
  g_test_add ("/event-log/limits", Fixture, NULL, set_up, test_limits, tear_down);
  return g_test_run ();
}
