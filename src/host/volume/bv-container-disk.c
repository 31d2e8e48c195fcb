/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "host/bv-disk-image.h"
#include "host/bv-image-request.h"
#include "host/bv-program.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* containerDisk: an image of the VMI's own, for what the guest writes, over the disk that is in a
 * container image. Of that the VMI has a link in its folder, and so needs the cache no more. */

#define LONGEST_SECONDS 60

static char *
build_path (const BvVolumeWork *work, const BvApiVolume *volume, const char *suffix)
{
  g_autofree char *name = g_strconcat (volume->name, suffix, NULL);

  return g_build_filename (work->disk_folder, name, NULL);
}

/* A second try to start the same VMI keeps what the first one made: it is whole, and the image may
 * be another by now. The first may have come before it was known which group QEMU has. */
static gboolean
find_made (const BvVolumeWork *work, BvVolumeFacts *facts)
{
  BvDiskImage image;

  if (!g_file_test (facts->path, G_FILE_TEST_EXISTS) ||
      (work->group != BV_NO_GROUP && lchown (facts->backing_path, -1, work->group) != 0) ||
      !bv_disk_image_check (facts->backing_path, 0, work->cancellable, &image, NULL))
    return FALSE;
  facts->backing_format = g_strdup (image.format);
  return TRUE;
}

static gboolean
get_disk (const BvVolumeWork *work, const BvApiContainerDiskSource *source, BvVolumeFacts *facts,
          GError **error)
{
  BvImageRequest request;

  return bv_image_request_fill (&request, work, source->image, source->image_pull_policy,
                                source->image_pull_secret, error) &&
         bv_image_store_get_disk (work->images, &request, source->path, facts->backing_path,
                                  work->cancellable, work->progress, NULL, &facts->backing_format,
                                  error);
}

/* As large as what is below it. */
static gboolean
make_overlay (const BvVolumeWork *work, const BvApiVolume *volume, const BvVolumeFacts *facts,
              GError **error)
{
  g_autofree char *staging = bv_volume_folder_make_staging (work->disk_folder, volume->name, error);
  g_autofree char *image = NULL;
  gboolean good;

  if (staging == NULL)
    return FALSE;
  image = g_build_filename (staging, "image", NULL);
  good = bv_program_run ((const char *const[]){ "qemu-img", "create", "-q", "-f", "qcow2", "-b",
                                                facts->backing_path, "-F", facts->backing_format,
                                                image, NULL },
                         LONGEST_SECONDS, work->cancellable, error) &&
         bv_volume_folder_publish (image, facts->path, work->group != BV_NO_GROUP ? 0660 : 0600,
                                   work->group, error);
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}

gboolean
bv_container_disk_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                           BvVolumeFacts *facts, GError **error)
{
  facts->path = build_path (work, volume, ".qcow2");
  facts->format = g_strdup ("qcow2");
  facts->backing_path = build_path (work, volume, ".base");
  facts->backing_sealed = TRUE;
  if (work->dry_run)
    return TRUE;
  if (!bv_volume_folder_make (work->disk_folder, work->group, error))
    return FALSE;
  return find_made (work, facts) || (get_disk (work, volume->container_disk, facts, error) &&
                                     make_overlay (work, volume, facts, error));
}
