/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/volume/bv-config-folder.h"
#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

typedef struct
{
  char *base;
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->base = g_dir_make_tmp ("bv-config-folder-XXXXXX", NULL);
  fixture->folder = g_build_filename (fixture->base, "config", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  bv_volume_folder_remove (fixture->base, &error);
  g_assert_no_error (error);
  g_free (fixture->base);
  g_free (fixture->folder);
}

/* NAMES_AND_TEXTS: a name, its text, and so on. */
static gboolean
update (Fixture *fixture, const char *const *names_and_texts, GError **error)
{
  g_autoptr (GPtrArray) files = bv_volume_files_new ();

  for (guint i = 0; names_and_texts[i] != NULL; i += 2)
    bv_volume_files_add_text (files, names_and_texts[i], names_and_texts[i + 1], 0644, NULL);
  return bv_config_folder_update (fixture->folder, files, error);
}

static void
update_good (Fixture *fixture, const char *const *names_and_texts)
{
  g_autoptr (GError) error = NULL;

  update (fixture, names_and_texts, &error);
  g_assert_no_error (error);
}

static void
assert_text (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static char *
read_version (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "..data", NULL);

  return g_file_read_link (path, NULL);
}

static guint
count_entries (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static const char *const first[] = { "a.conf", "one", "sub/b", "two", NULL };
static const char *const second[] = { "a.conf", "ONE", "c", "three", NULL };

static void
test_shows_its_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.conf", NULL);
  g_autofree char *target = NULL;
  GStatBuf status;

  update_good (fixture, first);
  assert_text (fixture, "a.conf", "one");
  assert_text (fixture, "sub/b", "two");
  target = g_file_read_link (path, NULL);
  g_assert_cmpstr (target, ==, "..data/a.conf");
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0644);
  g_assert_cmpint (g_stat (fixture->folder, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0755);
}

static void
test_same_files_change_nothing (Fixture *fixture, gconstpointer data)
{
  static const char *const reordered[] = { "sub/b", "two", "a.conf", "one", NULL };
  g_autofree char *before = NULL, *after = NULL;
  GStatBuf one, two;

  update_good (fixture, first);
  before = read_version (fixture);
  g_assert_cmpint (g_stat (fixture->folder, &one), ==, 0);
  update_good (fixture, reordered);
  after = read_version (fixture);
  g_assert_cmpint (g_stat (fixture->folder, &two), ==, 0);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpint (one.st_mtim.tv_sec, ==, two.st_mtim.tv_sec);
  g_assert_cmpint (one.st_mtim.tv_nsec, ==, two.st_mtim.tv_nsec);
}

static void
test_new_files_replace_the_old (Fixture *fixture, gconstpointer data)
{
  update_good (fixture, first);
  update_good (fixture, second);
  assert_text (fixture, "a.conf", "ONE");
  assert_text (fixture, "c", "three");
  assert_text (fixture, "sub/b", NULL);
  g_assert_cmpuint (count_entries (fixture), ==, 4); /* two names, ..data and what it names */
}

/* Who has a file open reads it to its end. */
static void
test_open_file_stays_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.conf", NULL);
  char text[8] = "";
  FILE *file;

  update_good (fixture, first);
  file = g_fopen (path, "re");
  g_assert_nonnull (file);
  update_good (fixture, second);
  g_assert_cmpuint (fread (text, 1, sizeof text - 1, file), ==, 3);
  g_assert_cmpstr (text, ==, "one");
  fclose (file);
}

static void
test_half_made_version_is_made_anew (Fixture *fixture, gconstpointer data)
{
  g_autofree char *version = NULL;
  g_autofree char *path = NULL;
  g_autofree char *link = g_build_filename (fixture->folder, "..data", NULL);

  update_good (fixture, first);
  version = read_version (fixture);
  path = g_build_filename (fixture->folder, version, "a.conf", NULL);
  g_assert_true (g_file_set_contents (path, "half", -1, NULL));
  g_assert_cmpint (g_unlink (link), ==, 0);
  update_good (fixture, first);
  assert_text (fixture, "a.conf", "one");
}

static void
test_names_that_are_ours_are_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "..data", "x", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (update (fixture, bad, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_nonnull (strstr (error->message, "“..data”"));
  g_assert_false (g_file_test (fixture->folder, G_FILE_TEST_EXISTS));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "shows-its-files", test_shows_its_files },
    { "same-files-change-nothing", test_same_files_change_nothing },
    { "new-files-replace-the-old", test_new_files_replace_the_old },
    { "open-file-stays-whole", test_open_file_stays_whole },
    { "half-made-version-is-made-anew", test_half_made_version_is_made_anew },
    { "names-that-are-ours-are-refused", test_names_that_are_ours_are_refused },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/config-folder/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].function, tear_down);
    }
  return g_test_run ();
}
