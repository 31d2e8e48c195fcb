/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-claim.h"

#include <glib/gi18n-lib.h>

#include "host/bv-program.h"
#include "host/volume/bv-claim-folder.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"

/* dataVolume, persistentVolumeClaim and ephemeral: the volume of a claim, and an image above it. */

#define LONGEST_SECONDS 60

void
bv_volume_claim_free (BvVolumeClaim *self)
{
  bv_pool_volume_free (self->volume);
  g_strfreev (self->access_modes);
  g_free (self);
}

static gpointer
look (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_find (handle, data, error);
}

/* It may be gone since the claim was last looked at. */
static BvPoolVolume *
find_volume (const BvVolumeWork *work, const char *name, GError **error)
{
  const BvVolumeClaim *claim = bv_volume_objects_find_claim (work->objects, name);
  BvPoolRequest request = { .own_pool = bv_config_get_string (work->config, "storage", "pool") };
  BvPoolVolume *volume;
  g_autoptr (GError) local = NULL;

  if (claim == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The claim %s is not there, or not ready."), name);
      return NULL;
    }
  request.pool = claim->volume->pool;
  request.name = claim->volume->name;
  volume = bv_libvirt_caller_call (work->libvirt, look, &request, work->cancellable, &local);
  if (volume == NULL)
    g_set_error (error, BV_ERROR,
                 local->code == BV_ERROR_NOT_FOUND ? BV_ERROR_UNSCHEDULABLE : local->code,
                 _ ("The claim %s cannot be used: %s"), name, local->message);
  return volume;
}

static void
describe_claim (const BvVolumeWork *work, const char *name, const BvPoolVolume *volume,
                BvVolumeFacts *facts)
{
  const BvVolumeClaim *claim = bv_volume_objects_find_claim (work->objects, name);

  facts->size = volume->capacity;
  facts->claim.name = g_strdup (name);
  facts->claim.access_modes = g_strdupv (claim->access_modes);
  facts->claim.volume_mode = g_strdup (volume->block ? "Block" : "Filesystem");
  facts->claim.capacity = bv_quantity_format_binary (volume->capacity);
  facts->claim.request = claim->request != 0 ? bv_quantity_format_binary (claim->request) : NULL;
}

/* Where it would be, without a look at the host. */
static char *
guess_path (const BvVolumeWork *work, const char *name)
{
  return g_build_filename (work->state_directory != NULL ? work->state_directory : "/", "pool",
                           name, NULL);
}

static gboolean
prepare_claim (const BvVolumeWork *work, const char *name, BvVolumeFacts *facts, GError **error)
{
  g_autoptr (BvPoolVolume) volume = NULL;

  facts->format = g_strdup ("raw");
  if (work->dry_run)
    {
      facts->path = guess_path (work, name);
      return TRUE;
    }
  volume = find_volume (work, name, error);
  if (volume == NULL)
    return FALSE;
  facts->path = g_strdup (volume->path);
  facts->block = volume->block;
  describe_claim (work, name, volume, facts);
  return TRUE;
}

static gboolean
check_can_be_folder (const char *name, const BvPoolVolume *volume, GError **error)
{
  if (!volume->block)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The claim %s is a block device, which no guest can mount as a folder. Use it as "
                  "a disk, or a claim on a storage pool of files."),
               name);
  return FALSE;
}

char *
bv_claim_prepare_folder (const BvVolumeWork *work, const char *name, BvVolumeFacts *facts,
                         GError **error)
{
  const BvVolumeClaim *claim = bv_volume_objects_find_claim (work->objects, name);
  g_autoptr (BvPoolVolume) volume = find_volume (work, name, error);
  g_autofree char *folder = NULL;

  if (volume == NULL || !check_can_be_folder (name, volume, error))
    return NULL;
  folder = bv_claim_folder_build_path (work->state_directory, volume->name);
  if (!bv_claim_folder_make (work->state_directory, volume->name, error) ||
      (claim->has_image && !bv_claim_folder_add_image (folder, volume->path, error)))
    return NULL;
  describe_claim (work, name, volume, facts);
  return g_steal_pointer (&folder);
}

gboolean
bv_data_volume_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                        GError **error)
{
  return prepare_claim (work, volume->data_volume->name, facts, error);
}

gboolean
bv_persistent_volume_claim_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                    BvVolumeFacts *facts, GError **error)
{
  return prepare_claim (work, volume->persistent_volume_claim->claim_name, facts, error);
}

/* The image above it. What is below is not opened here: it may be a device that only libvirt sees.
 */

static gboolean
create_overlay (const BvVolumeWork *work, const char *image, const BvPoolVolume *below,
                GError **error)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, below->capacity);
  const char *const arguments[] = { "qemu-img", "create", "-q",        "-u",  "-f", "qcow2", "-F",
                                    "raw",      "-b",     below->path, image, size, NULL };

  return bv_program_run (arguments, LONGEST_SECONDS, work->cancellable, error);
}

static gboolean
make_overlay (const BvVolumeWork *work, const char *name, const char *path,
              const BvPoolVolume *below, GError **error)
{
  g_autofree char *staging = NULL;
  g_autofree char *image = NULL;
  gboolean good;

  /* A second try to start the same VMI; what is there is whole. */
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  staging = bv_volume_folder_make_staging (work->disk_folder, name, error);
  if (staging == NULL)
    return FALSE;
  image = g_build_filename (staging, "image", NULL);
  good = create_overlay (work, image, below, error) &&
         bv_volume_folder_publish (image, path, work->group != BV_NO_GROUP ? 0660 : 0600,
                                   work->group, error);
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}

gboolean
bv_ephemeral_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                      GError **error)
{
  const BvApiCorePersistentVolumeClaimVolumeSource *source =
      volume->ephemeral->persistent_volume_claim;
  g_autofree char *file = g_strconcat (volume->name, ".qcow2", NULL);
  g_autoptr (BvPoolVolume) below = NULL;

  facts->path = g_build_filename (work->disk_folder, file, NULL);
  facts->format = g_strdup ("qcow2");
  facts->backing_format = g_strdup ("raw");
  if (work->dry_run)
    {
      facts->backing_path = guess_path (work, source->claim_name);
      return TRUE;
    }
  below = find_volume (work, source->claim_name, error);
  if (below == NULL || !bv_volume_folder_make (work->disk_folder, work->group, error) ||
      !make_overlay (work, volume->name, facts->path, below, error))
    return FALSE;
  facts->backing_path = g_strdup (below->path);
  facts->backing_block = below->block;
  describe_claim (work, source->claim_name, below, facts);
  return TRUE;
}
