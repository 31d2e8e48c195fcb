/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-program.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* emptyDisk: a qcow2 image that lasts as long as the VMI. */

#define LONGEST_SECONDS 60
#define MEBIBYTE (1024 * 1024)

static gboolean
create (const char *image, gint64 size, GCancellable *cancellable, GError **error)
{
  g_autofree char *bytes = g_strdup_printf ("%" G_GINT64_FORMAT, size);
  const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "qcow2", image, bytes, NULL };

  return bv_program_run (arguments, LONGEST_SECONDS, cancellable, error);
}

gboolean
bv_empty_disk_make (const BvVolumeWork *work, const BvApiVolume *volume, const char *path,
                    GError **error)
{
  gint64 size = bv_quantity_value (&volume->empty_disk->capacity) / MEBIBYTE * MEBIBYTE;
  g_autofree char *staging = NULL;
  g_autofree char *image = NULL;
  gboolean good;

  if (size <= 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("A capacity of %s is too small; at least 1Mi is needed."),
                   volume->empty_disk->capacity.text);
      return FALSE;
    }
  /* A second try to start the same VMI; what is there is whole. */
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  staging = bv_volume_folder_make_staging (work->disk_folder, volume->name, error);
  if (staging == NULL)
    return FALSE;
  image = g_build_filename (staging, "image", NULL);
  good = create (image, size, work->cancellable, error) &&
         bv_volume_folder_publish (image, path, work->group != BV_NO_GROUP ? 0660 : 0600,
                                   work->group, error);
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}
