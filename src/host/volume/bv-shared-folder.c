/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bv-safe-path.h"
#include "host/volume/bv-virtiofs.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* Claims and folders of the host that a guest mounts, and writes to. */

static gboolean
is_read_only (const BvApiVolume *volume)
{
  return volume->persistent_volume_claim != NULL && volume->persistent_volume_claim->read_only;
}

gboolean
bv_shared_claim_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                         GError **error)
{
  const char *name = volume->data_volume != NULL ? volume->data_volume->name
                                                 : volume->persistent_volume_claim->claim_name;
  g_autofree char *folder = NULL;

  if (!work->dry_run)
    {
      folder = bv_claim_prepare_folder (work, name, facts, error);
      if (folder == NULL)
        return FALSE;
    }
  return bv_virtiofs_share (work, volume, folder, is_read_only (volume), facts, error);
}

/* Whether every user of the host can go into PATH and all that is above it. */
static gboolean
is_open_to_all (const char *path)
{
  g_autofree char *folder = g_strdup (path);

  for (;;)
    {
      g_autofree char *above = g_path_get_dirname (folder);
      GStatBuf status;

      if (g_lstat (folder, &status) != 0 || (status.st_mode & S_IXOTH) == 0)
        return FALSE;
      if (g_str_equal (above, folder))
        return TRUE;
      g_free (folder);
      folder = g_steal_pointer (&above);
    }
}

/* A guest's root may leave a program there that runs as the host's root for whoever starts it. */
static gboolean
check_is_closed (const BvVolumeWork *work, const char *folder, GError **error)
{
  if (work->group == BV_NO_GROUP || !is_open_to_all (folder))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("Every user of this host gets to the folder %s, and so to what a guest would "
                  "leave there as root. Close it, or one above it, with chmod o-x."),
               folder);
  return FALSE;
}

static gboolean
check_host_folder (const BvVolumeWork *work, const char *disk, const char *folder, GError **error)
{
  const char *const *folders = bv_config_get_strings (work->config, "host-disk", "folders");
  int fd = bv_safe_path_open_parent (disk, folders, error);

  if (fd < 0)
    return FALSE;
  close (fd);
  return check_is_closed (work, folder, error);
}

/* As in a cluster, it is the folder of the disk that is shared, whether or not the disk is there.
 */
gboolean
bv_shared_host_folder_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                               BvVolumeFacts *facts, GError **error)
{
  const char *disk = volume->host_disk->path;
  g_autofree char *folder = g_path_get_dirname (disk);

  return (work->dry_run || check_host_folder (work, disk, folder, error)) &&
         bv_virtiofs_share (work, volume, folder, FALSE, facts, error);
}
