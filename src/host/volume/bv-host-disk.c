/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bv-safe-path.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* hostDisk: a file or block device of this host, in a folder that the settings allow. */

static gboolean
set_error (GError **error, const char *path)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The disk %s cannot be made: %s."), path,
               g_strerror (errno));
  return FALSE;
}

/* libvirt gives the file to QEMU's user when the guest starts. One that could not be sized must not
 * be taken for a disk the next time. */
static int
create (const BvApiHostDisk *disk, const char *const *folders, GError **error)
{
  int fd = bv_safe_path_open (disk->path, folders, O_RDWR | O_CREAT | O_EXCL, 0600, error);

  if (fd < 0)
    return -1;
  if (ftruncate (fd, bv_quantity_value (&disk->capacity)) == 0)
    return fd;
  set_error (error, disk->path);
  close (fd);
  bv_safe_path_remove (disk->path, folders);
  return -1;
}

static gboolean
check_kind (int fd, const char *path, gboolean *is_block, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return set_error (error, path);
  *is_block = S_ISBLK (status.st_mode);
  if (*is_block || S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("%s is no disk: a file or a block device is needed."), path);
  return FALSE;
}

static gboolean
look_at (const BvApiHostDisk *disk, const BvConfig *config, gboolean *is_block, GError **error)
{
  const char *const *folders = bv_config_get_strings (config, "host-disk", "folders");
  g_autoptr (GError) local = NULL;
  gboolean good;
  int fd = bv_safe_path_open (disk->path, folders, O_PATH, 0, &local);

  if (fd < 0 && g_strcmp0 (disk->type, "DiskOrCreate") == 0 && errno == ENOENT)
    {
      g_clear_error (&local);
      fd = create (disk, folders, &local);
    }
  if (fd < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  good = check_kind (fd, disk->path, is_block, error);
  close (fd);
  return good;
}

gboolean
bv_host_disk_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                      GError **error)
{
  facts->path = g_strdup (volume->host_disk->path);
  facts->format = g_strdup ("raw");
  return work->dry_run || look_at (volume->host_disk, work->config, &facts->block, error);
}
