/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-safe-path.h"
#include "model/bv-error.h"

typedef struct
{
  char *top;
  char *allowed;
} Fixture;

static char *
in_top (Fixture *fixture, const char *rest)
{
  return g_build_filename (fixture->top, rest, NULL);
}

static void
make_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_top (fixture, name);

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
}

static void
make_link (Fixture *fixture, const char *target, const char *name)
{
  g_autofree char *path = in_top (fixture, name);
  g_autofree char *full = in_top (fixture, target);

  g_assert_cmpint (symlink (full, path), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = NULL;

  fixture->top = g_dir_make_tmp ("bv-safe-path-XXXXXX", NULL);
  fixture->allowed = in_top (fixture, "allowed");
  folder = in_top (fixture, "allowed/sub");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  make_file (fixture, "secret");
  make_file (fixture, "allowed/disk.img");
  make_file (fixture, "allowed/sub/disk.img");
  make_link (fixture, "secret", "allowed/link.img");
  make_link (fixture, "allowed/disk.img", "allowed/inside.img");
  make_link (fixture, "", "allowed/up");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {
    "secret",
    "allowed/disk.img",
    "allowed/sub/disk.img",
    "allowed/link.img",
    "allowed/inside.img",
    "allowed/up",
    "allowed/sub",
    "allowed",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = in_top (fixture, names[i]);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_free (fixture->top);
  g_free (fixture->allowed);
}

static void
test_paths (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    gboolean opens;
  } cases[] = {
    { "allowed/disk.img", TRUE },
    { "allowed/sub/disk.img", TRUE },
    { "allowed//sub/./disk.img", TRUE },
    { "allowed/no.img", FALSE },
    { "allowed/link.img", FALSE },
    { "allowed/inside.img", FALSE },
    { "allowed/up/secret", FALSE },
    { "allowed/../secret", FALSE },
    { "allowed/sub/../disk.img", FALSE },
    { "secret", FALSE },
    { "allowed", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat (fixture->top, "/", cases[i].name, NULL);
      const char *const folders[] = { "/nonexistent", fixture->allowed, NULL };
      g_autoptr (GError) error = NULL;
      int fd = bv_safe_path_open (path, folders, O_RDONLY, 0, &error);

      g_test_message ("%s: %s", cases[i].name, error != NULL ? error->message : "opened");
      g_assert_cmpint (fd >= 0, ==, cases[i].opens);
      if (fd >= 0)
        close (fd);
      else
        g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
    }
}

static void
test_no_folders (Fixture *fixture, gconstpointer data)
{
  const char *const none[] = { NULL };
  g_autofree char *path = in_top (fixture, "allowed/disk.img");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bv_safe_path_open (path, none, O_RDONLY, 0, &error), ==, -1);
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_nonnull (strstr (error->message, "host-disk"));
}

/* For root, a folder that others may change is as good as theirs; in a session all is the user's.
 */
static void
test_foreign_folders (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *folder; /* that others may write to */
    const char *name;
    gboolean opens;
  } cases[] = {
    { "allowed", "allowed/disk.img", FALSE },
    { "allowed", "allowed/sub/disk.img", FALSE },
    { "allowed/sub", "allowed/sub/disk.img", FALSE },
    { "allowed/sub", "allowed/disk.img", TRUE },
    { "", "allowed/disk.img", TRUE },
  };
  const char *const folders[] = { fixture->allowed, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = in_top (fixture, cases[i].folder);
      g_autofree char *path = in_top (fixture, cases[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) of_parent = NULL;
      int fd, parent;

      g_assert_cmpint (g_chmod (folder, 0770), ==, 0);
      fd = bv_safe_path_open (path, folders, O_RDONLY, 0, &error);
      parent = bv_safe_path_open_parent (path, folders, &of_parent);
      g_assert_cmpint (fd >= 0, ==, cases[i].opens || geteuid () != 0);
      g_assert_cmpint (parent >= 0, ==, fd >= 0);
      if (fd < 0)
        g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
      if (fd < 0)
        g_assert_error (of_parent, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
      if (fd >= 0)
        close (fd);
      if (parent >= 0)
        close (parent);
      g_assert_cmpint (g_chmod (folder, 0700), ==, 0);
    }
}

/* The folder of a path, which need not be there itself. */
static void
test_parents (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    gboolean opens;
  } cases[] = {
    { "allowed/no.img", TRUE },
    { "allowed/sub/no.img", TRUE },
    { "allowed/no/no.img", FALSE },
    { "allowed/up/secret", FALSE },
    { "allowed/../secret", FALSE },
    { "allowed", FALSE },
    { "secret", FALSE },
  };
  const char *const folders[] = { "/nonexistent", fixture->allowed, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat (fixture->top, "/", cases[i].name, NULL);
      g_autoptr (GError) error = NULL;
      int fd = bv_safe_path_open_parent (path, folders, &error);

      g_test_message ("%s: %s", cases[i].name, error != NULL ? error->message : "opened");
      g_assert_cmpint (fd >= 0, ==, cases[i].opens);
      if (fd >= 0)
        close (fd);
      else
        g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
    }
}

/* What is made below a folder may be removed there, and nothing outside. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    gboolean goes;
  } cases[] = {
    { "allowed/up/secret", FALSE },
    { "allowed/../secret", FALSE },
    { "secret", FALSE },
    { "allowed/no.img", FALSE },
    { "allowed/sub", FALSE },
    { "allowed", FALSE },
    { "allowed/sub/../disk.img", FALSE },
    { "allowed/new.img", TRUE },
    { "allowed/sub/new.img", TRUE },
  };
  const char *const folders[] = { "/nonexistent", fixture->allowed, NULL };

  make_file (fixture, "allowed/new.img");
  make_file (fixture, "allowed/sub/new.img");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat (fixture->top, "/", cases[i].name, NULL);

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (bv_safe_path_remove (path, folders), ==, cases[i].goes);
      if (cases[i].goes)
        g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/safe-path/paths", Fixture, NULL, set_up, test_paths, tear_down);
  g_test_add ("/safe-path/no-folders", Fixture, NULL, set_up, test_no_folders, tear_down);
  g_test_add ("/safe-path/foreign-folders", Fixture, NULL, set_up, test_foreign_folders, tear_down);
  g_test_add ("/safe-path/parents", Fixture, NULL, set_up, test_parents, tear_down);
  g_test_add ("/safe-path/remove", Fixture, NULL, set_up, test_remove, tear_down);
  return g_test_run ();
}
