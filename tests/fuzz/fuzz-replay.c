/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include <archive.h>
#include <archive_entry.h>

/* Runs a target over the files of a folder, each of them a test, and over those of an archive,
 * together one. */

#define LARGEST_INPUT (1024 * 1024)

static void
test_file (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  gsize length;

  g_file_get_contents (data, &contents, &length, &error);
  g_assert_no_error (error);
  LLVMFuzzerTestOneInput ((const guint8 *)contents, length);
}

static void
add_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/fuzz/", name, NULL);

      g_test_add_data_func_full (test, g_build_filename (path, name, NULL), test_file, g_free);
    }
}

static void
run_entry (struct archive *archive, struct archive_entry *entry)
{
  gint64 length = archive_entry_size (entry);
  g_autofree char *contents = NULL;

  g_assert_cmpint (length, <=, LARGEST_INPUT);
  /* To the byte, so that ASan and valgrind see a read beyond it. */
  contents = g_malloc (length);
  g_assert_cmpint (archive_read_data (archive, contents, length), ==, length);
  LLVMFuzzerTestOneInput ((const guint8 *)contents, length);
}

static void
test_archive (gconstpointer path)
{
  struct archive *archive = archive_read_new ();
  struct archive_entry *entry;
  guint n = 0;
  int status;

  archive_read_support_format_tar (archive);
  archive_read_support_filter_xz (archive);
  g_assert_cmpint (archive_read_open_filename (archive, path, 65536), ==, ARCHIVE_OK);
  while ((status = archive_read_next_header (archive, &entry)) == ARCHIVE_OK)
    if (archive_entry_filetype (entry) == AE_IFREG)
      {
        run_entry (archive, entry);
        n++;
      }
  g_assert_cmpint (status, ==, ARCHIVE_EOF);
  g_assert_cmpuint (n, >, 0);
  archive_read_free (archive);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    if (g_file_test (argv[i], G_FILE_TEST_IS_DIR))
      add_folder (argv[i]);
    else
      g_test_add_data_func ("/fuzz/found", argv[i], test_archive);
  return g_test_run ();
}
