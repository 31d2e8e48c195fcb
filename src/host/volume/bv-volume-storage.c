/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-storage.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* In the head of a qcow2 image: the size that the guest sees. */
#define QCOW2_SIZE_OFFSET 24

#define STAT_BLOCK 512

static int
open_storage (const char *path)
{
  return open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* The flag is refused where the file system knows nothing of it. */
static gboolean
can_bypass_cache (int fd)
{
  int flags = fcntl (fd, F_GETFL);

  return flags >= 0 && fcntl (fd, F_SETFL, flags | O_DIRECT) == 0;
}

static gboolean
can_backing_bypass_cache (const char *path)
{
  int fd = path != NULL ? open_storage (path) : -1;
  gboolean can = path == NULL || (fd >= 0 && can_bypass_cache (fd));

  if (fd >= 0)
    g_close (fd, NULL);
  return can;
}

static gboolean
is_preallocated (int fd, const char *format)
{
  struct stat status;
  guint64 size;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  size = (guint64)status.st_size;
  if (g_strcmp0 (format, "qcow2") == 0)
    {
      if (pread (fd, &size, sizeof size, QCOW2_SIZE_OFFSET) != sizeof size)
        return FALSE;
      size = GUINT64_FROM_BE (size);
    }
  return size <= (guint64)status.st_blocks * STAT_BLOCK;
}

/* 0 where the device does not give room back. */
static guint
read_discard_granularity (int fd)
{
  struct stat status;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  if (fstat (fd, &status) != 0)
    return 0;
  path = g_strdup_printf ("/sys/dev/block/%u:%u/queue/discard_granularity", major (status.st_rdev),
                          minor (status.st_rdev));
  return g_file_get_contents (path, &text, NULL, NULL) ? (guint)g_ascii_strtoull (text, NULL, 10)
                                                       : 0;
}

static gboolean
read_device_blocks (int fd, BvVolumeFacts *facts)
{
  int logical = 0;
  guint physical = 0;

  if (ioctl (fd, BLKSSZGET, &logical) != 0 || ioctl (fd, BLKPBSZGET, &physical) != 0 ||
      (logical <= 0 && physical == 0))
    return FALSE;
  /* A device that tells one of them only. */
  facts->logical_block = logical > 0 ? (guint)logical : physical;
  facts->physical_block = physical > 0 ? physical : (guint)logical;
  facts->discard_granularity = read_discard_granularity (fd);
  if (facts->discard_granularity % facts->logical_block != 0)
    facts->discard_granularity = facts->physical_block;
  return TRUE;
}

/* A file system has blocks of one size. */
static gboolean
read_file_blocks (int fd, BvVolumeFacts *facts)
{
  struct statfs status;

  if (fstatfs (fd, &status) != 0)
    return FALSE;
  facts->logical_block = (guint)status.f_bsize;
  facts->physical_block = facts->logical_block;
  facts->discard_granularity = facts->logical_block;
  return TRUE;
}

static gboolean
wants_blocks (BvVmi *vmi, const char *name)
{
  const BvApiDevices *devices = bv_vmi_get_record (vmi)->spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_disks; i++)
    {
      const BvApiBlockSize *size = devices->disks[i]->block_size;
      const BvApiFeatureState *match = size != NULL ? size->match_volume : NULL;

      if (match != NULL && g_strcmp0 (devices->disks[i]->name, name) == 0)
        return !bv_api_feature_state_has_enabled (match) || match->enabled;
    }
  return FALSE;
}

static gboolean
read_blocks (int fd, BvVolumeFacts *facts, GError **error)
{
  if (facts->block ? read_device_blocks (fd, facts) : read_file_blocks (fd, facts))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The size of the blocks of %s, which the disk is to have, cannot be read: %s."),
               facts->path, g_strerror (errno));
  return FALSE;
}

gboolean
bv_volume_storage_look (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                        GError **error)
{
  gboolean good = TRUE;
  int fd;

  if (work->dry_run || facts->path == NULL)
    return TRUE;
  fd = open_storage (facts->path);
  if (fd < 0)
    return TRUE;
  facts->storage_known = TRUE;
  facts->preallocated = is_preallocated (fd, facts->format);
  if (wants_blocks (work->vmi, volume->name))
    good = read_blocks (fd, facts, error);
  facts->direct_io = can_bypass_cache (fd) && can_backing_bypass_cache (facts->backing_path);
  g_close (fd, NULL);
  return good;
}
