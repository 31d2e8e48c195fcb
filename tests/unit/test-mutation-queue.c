/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-mutation-queue.h"

#include <glib/gstdio.h>

/* What a mutation does here: it is noted. */
typedef struct
{
  const char *name;
  GString *log;
} Step;

static BvStoreBatch *
prepare (gpointer user_data, GError **error)
{
  const Step *step = user_data;

  g_string_append (step->log, step->name);
  return NULL;
}

static void
finish (gpointer user_data, const GError *error)
{
  const Step *step = user_data;

  g_assert_no_error (error);
  g_string_append (step->log, ". ");
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* One that is not ready keeps its turn: what came after it waits. */
static void
test_turns (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-mutations-XXXXXX", NULL);
  g_autoptr (BvStore) store = bv_store_new (folder, NULL);
  g_autoptr (BvMutationQueue) queue = bv_mutation_queue_new (store);
  g_autoptr (GString) log = g_string_new (NULL);
  Step steps[] = { { "first", log }, { "slow", log }, { "slower", log }, { "last", log } };
  BvMutation *slow, *slower;

  bv_mutation_queue_push (queue, prepare, finish, &steps[0]);
  slow = bv_mutation_queue_push_held (queue, prepare, finish, &steps[1]);
  slower = bv_mutation_queue_push_held (queue, prepare, finish, &steps[2]);
  bv_mutation_queue_push (queue, prepare, finish, &steps[3]);
  g_assert_cmpstr (log->str, ==, "first. ");
  bv_mutation_queue_let_go (queue, slower);
  g_assert_cmpstr (log->str, ==, "first. ");
  bv_mutation_queue_let_go (queue, slow);
  g_assert_cmpstr (log->str, ==, "first. slow. slower. last. ");
  bv_store_close (store);
  remove_folder (folder);
}

/* What takes effect in several turns: what came after it waits until the last. */
static void
test_hold (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-mutations-XXXXXX", NULL);
  g_autoptr (BvStore) store = bv_store_new (folder, NULL);
  g_autoptr (BvMutationQueue) queue = bv_mutation_queue_new (store);
  g_autoptr (GString) log = g_string_new (NULL);
  Step steps[] = { { "first", log }, { "second", log } };

  bv_mutation_queue_push (queue, prepare, finish, &steps[0]);
  bv_mutation_queue_hold (queue);
  bv_mutation_queue_push (queue, prepare, finish, &steps[1]);
  g_assert_cmpstr (log->str, ==, "first. ");
  bv_mutation_queue_release (queue);
  g_assert_cmpstr (log->str, ==, "first. second. ");
  bv_store_close (store);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mutation-queue/turns", test_turns);
  g_test_add_func ("/mutation-queue/hold", test_hold);
  return g_test_run ();
}
