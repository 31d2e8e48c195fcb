/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-iso-image.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "host/bv-program.h"
#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

#define LONGEST_SECONDS 60

/* No image tells when it was made, or it would not be the same twice. */
#define DATE "1980010100000000"

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  const BvVolumeFile *const *first = a, *const *second = b;

  return g_strcmp0 ((*first)->path, (*second)->path);
}

/* In which order xorriso lays the files out; else it goes by the numbers of their inodes. */
static gboolean
write_order (GPtrArray *files, const char *path, GError **error)
{
  g_autoptr (GString) order = g_string_new (NULL);

  g_ptr_array_sort (files, compare_paths);
  for (guint i = 0; i < files->len; i++)
    {
      const BvVolumeFile *file = g_ptr_array_index (files, i);

      g_string_append_printf (order, "%u /%s\n", files->len - i, file->path);
    }
  return g_file_set_contents_full (path, order->str, order->len, G_FILE_SET_CONTENTS_NONE, 0600,
                                   error);
}

static gboolean
run_xorriso (const char *image, const char *label, const char *order, const char *folder,
             GCancellable *cancellable, GError **error)
{
  const char *const arguments[] = { "xorriso",
                                    "-no_rc",
                                    "-as",
                                    "mkisofs",
                                    "-quiet",
                                    "-output",
                                    image,
                                    "-volid",
                                    label,
                                    "-joliet",
                                    "-rock",
                                    "-partition_cyl_align",
                                    "on",
                                    "-uid",
                                    "0",
                                    "-gid",
                                    "0",
                                    "--modification-date=" DATE,
                                    "--set_all_file_dates",
                                    DATE,
                                    "--sort-weight-list",
                                    order,
                                    folder,
                                    NULL };

  return bv_program_run (arguments, LONGEST_SECONDS, cancellable, error);
}

static gboolean
make_in (const char *staging, GPtrArray *files, const char *label, const char *image,
         GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_build_filename (staging, "files", NULL);
  g_autofree char *order = g_build_filename (staging, "order", NULL);

  if (g_mkdir (folder, 0755) != 0 || g_chmod (folder, 0755) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   folder, g_strerror (errno));
      return FALSE;
    }
  return bv_volume_files_write (files, folder, error) && write_order (files, order, error) &&
         run_xorriso (image, label, order, folder, cancellable, error);
}

gboolean
bv_iso_image_make (GPtrArray *files, const char *label, const char *path, guint group,
                   GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *staging = bv_volume_folder_make_staging (folder, name, error);
  g_autofree char *image = NULL;
  guint mode = group != BV_NO_GROUP ? 0640 : 0600;
  gboolean good;

  if (staging == NULL)
    return FALSE;
  image = g_build_filename (staging, "image", NULL);
  good = make_in (staging, files, label, image, cancellable, error) &&
         bv_volume_folder_publish (image, path, mode, group, error);
  /* The secrets in it must not stay; what went wrong first is told. */
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}
