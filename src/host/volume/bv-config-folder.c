/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-config-folder.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

#define DATA "..data"
#define NEW_DATA "..data_new"
#define FOLDER_MODE 0755
#define LONGEST_VERSION 16

static gboolean
fail (const char *folder, GError **error)
{
  int code = errno;

  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The shared folder %s cannot be filled: %s."),
               folder, g_strerror (code));
  return FALSE;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  const BvVolumeFile *const *one = a, *const *two = b;

  return strcmp ((*one)->path, (*two)->path);
}

static void
add_to_sum (GChecksum *sum, const BvVolumeFile *file)
{
  gsize size;
  const guchar *data = g_bytes_get_data (file->contents, &size);
  guint64 header[] = { file->mode, size };

  g_checksum_update (sum, (const guchar *)file->path, strlen (file->path) + 1);
  g_checksum_update (sum, (const guchar *)header, sizeof header);
  if (size > 0)
    g_checksum_update (sum, data, size);
}

/* The folder of these files: its name tells what they are. */
static char *
name_version (GPtrArray *files)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy (files, NULL, NULL);

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare_paths);
  for (guint i = 0; i < sorted->len; i++)
    add_to_sum (sum, g_ptr_array_index (sorted, i));
  return g_strdup_printf ("..%.*s", LONGEST_VERSION, g_checksum_get_string (sum));
}

/* The names that the guest looks for: the first part of each path. */
static GHashTable *
list_names (GPtrArray *files, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < files->len; i++)
    {
      const BvVolumeFile *file = g_ptr_array_index (files, i);

      if (g_str_has_prefix (file->path, ".."))
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("“%s” cannot be the name of a file in a shared folder: it begins with "
                          "“..”."),
                       file->path);
          return NULL;
        }
      g_hash_table_add (names, g_strndup (file->path, strcspn (file->path, "/")));
    }
  return g_steal_pointer (&names);
}

/* Whoever still reads the version of before goes on to the end of what is open. */
static gboolean
switch_to (const char *folder, const char *version, GError **error)
{
  g_autofree char *data = g_build_filename (folder, DATA, NULL);
  g_autofree char *new_data = g_build_filename (folder, NEW_DATA, NULL);

  if ((g_unlink (new_data) == 0 || errno == ENOENT) && symlink (version, new_data) == 0 &&
      g_rename (new_data, data) == 0)
    return TRUE;
  return fail (folder, error);
}

static gboolean
make_version (const char *folder, const char *version, GPtrArray *files, GError **error)
{
  g_autofree char *path = g_build_filename (folder, version, NULL);

  /* A service that was killed may have left a part of it. */
  if (!bv_volume_folder_remove (path, error))
    return FALSE;
  if (g_mkdir (path, FOLDER_MODE) != 0 || g_chmod (path, FOLDER_MODE) != 0)
    return fail (folder, error);
  return bv_volume_files_write (files, path, error) && switch_to (folder, version, error);
}

static gboolean
add_links (const char *folder, GHashTable *names, GError **error)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_build_filename (DATA, name, NULL);

      if (symlink (target, path) != 0 && errno != EEXIST)
        return fail (folder, error);
    }
  return TRUE;
}

/* What is of an earlier version only. */
static gboolean
remove_others (const char *folder, const char *version, GHashTable *names, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = NULL;

      if (g_str_equal (name, DATA) || g_str_equal (name, version) ||
          g_hash_table_contains (names, name))
        continue;
      path = g_build_filename (folder, name, NULL);
      if (g_unlink (path) != 0 && !bv_volume_folder_remove (path, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_config_folder_update (const char *folder, GPtrArray *files, GError **error)
{
  g_autoptr (GHashTable) names = list_names (files, error);
  g_autofree char *version = NULL;
  g_autofree char *data = NULL;
  g_autofree char *current = NULL;

  if (names == NULL)
    return FALSE;
  if ((g_mkdir (folder, FOLDER_MODE) != 0 && errno != EEXIST) || g_chmod (folder, FOLDER_MODE) != 0)
    return fail (folder, error);
  version = name_version (files);
  data = g_build_filename (folder, DATA, NULL);
  current = g_file_read_link (data, NULL);
  if (g_strcmp0 (current, version) != 0 && !make_version (folder, version, files, error))
    return FALSE;
  return add_links (folder, names, error) && remove_others (folder, version, names, error);
}
