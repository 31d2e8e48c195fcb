/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/bv-safe-path.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* hostDisk: a file or block device of this host, in a folder that the settings allow. */

#define GROUP "host-disk"

static gboolean
set_error (GError **error, const char *path)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The disk %s cannot be made: %s."), path,
               g_strerror (errno));
  return FALSE;
}

static const char *const *
get_folders (const BvVolumeWork *work)
{
  return bv_config_get_strings (work->config, GROUP, "folders");
}

static gboolean
may_be_created (const BvApiHostDisk *disk)
{
  return g_strcmp0 (disk->type, "DiskOrCreate") == 0;
}

/* What can be written below FD, without what is kept free. */
static gint64
get_room (const BvVolumeWork *work, int fd)
{
  gint64 reserved = bv_config_get_integer (work->config, GROUP, "reserved-bytes");
  struct statvfs status;

  if (fstatvfs (fd, &status) != 0)
    return 0;
  return MAX ((gint64)(status.f_bavail * status.f_frsize) - reserved, 0);
}

/* The capacity, or somewhat less where the storage is somewhat small; -1 where that is too much. */
static gint64
choose_size (const BvVolumeWork *work, const BvApiHostDisk *disk, gint64 room)
{
  gint64 asked = bv_quantity_value (&disk->capacity);
  gint64 percent = bv_config_get_integer (work->config, GROUP, "tolerated-shortage-percent");

  if (asked <= room)
    return asked;
  return asked / 100 * (100 - percent) <= room ? room : -1;
}

/* The file is QEMU's by its group, whether or not libvirt gives files to QEMU's user. */
static gboolean
settle (const BvVolumeWork *work, const BvApiHostDisk *disk, int fd, BvVolumeFacts *facts)
{
  gint64 size = choose_size (work, disk, get_room (work, fd));

  if (size < 0)
    {
      errno = ENOSPC;
      return FALSE;
    }
  if (size < bv_quantity_value (&disk->capacity))
    facts->shortage =
        g_strdup_printf (_ ("The disk %s is made with %" G_GINT64_FORMAT " bytes instead of the %s "
                            "that were asked for, which is within what is tolerated."),
                         disk->path, size, disk->capacity.text);
  return ftruncate (fd, size) == 0 &&
         (work->group == BV_NO_GROUP ||
          (fchown (fd, -1, work->group) == 0 && fchmod (fd, 0660) == 0));
}

/* One that could not be sized must not be taken for a disk the next time. */
static int
create (const BvVolumeWork *work, const BvApiHostDisk *disk, BvVolumeFacts *facts, GError **error)
{
  const char *const *folders = get_folders (work);
  int fd = bv_safe_path_open (disk->path, folders, O_RDWR | O_CREAT | O_EXCL, 0600, error);

  if (fd < 0)
    return -1;
  if (settle (work, disk, fd, facts))
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
look_at (const BvVolumeWork *work, const BvApiHostDisk *disk, BvVolumeFacts *facts, GError **error)
{
  const char *const *folders = get_folders (work);
  g_autoptr (GError) local = NULL;
  gboolean good;
  int fd = bv_safe_path_open (disk->path, folders, O_PATH, 0, &local);

  if (fd < 0 && may_be_created (disk) && errno == ENOENT)
    {
      g_clear_error (&local);
      fd = create (work, disk, facts, &local);
    }
  if (fd < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  good = check_kind (fd, disk->path, &facts->block, error);
  close (fd);
  return good;
}

gboolean
bv_host_disk_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                      GError **error)
{
  facts->path = g_strdup (volume->host_disk->path);
  facts->format = g_strdup ("raw");
  return work->dry_run || look_at (work, volume->host_disk, facts, error);
}

/* For a disk that is to be made; what is wrong with its path is told when it is. */
gboolean
bv_host_disk_check_size (const BvVolumeWork *work, const BvApiVolume *volume, GError **error)
{
  const BvApiHostDisk *disk = volume->host_disk;
  const char *const *folders = get_folders (work);
  g_autofree char *folder = g_path_get_dirname (disk->path);
  gint64 room;
  int fd;

  if (!may_be_created (disk))
    return TRUE;
  fd = bv_safe_path_open (disk->path, folders, O_PATH, 0, NULL);
  if (fd >= 0)
    close (fd);
  if (fd >= 0 || errno != ENOENT)
    return TRUE;
  fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return TRUE;
  room = get_room (work, fd);
  close (fd);
  if (choose_size (work, disk, room) >= 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("%s is to have %s, but %s has room for %" G_GINT64_FORMAT " bytes only."),
               disk->path, disk->capacity.text, folder, room);
  return FALSE;
}
