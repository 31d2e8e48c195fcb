/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-volume-transfer.h"
#include "host/pool/bv-volume-digest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

/* What libvirt's streams carry at a time. */
#define BLOCK_SIZE (256 * 1024)

typedef struct
{
  const BvTransfer *transfer;
  GCancellable *cancellable;
  virStreamPtr target;
  virStreamPtr source; /* of a copy of a volume */
  guint64 done;
  guint64 written; /* of it, that is no hole */
  char *buffer;
} Run;

static gboolean
fail (const Run *self, GError **error)
{
  return bv_set_error_from_libvirt (error, _ ("The volume %s cannot be filled"),
                                    self->transfer->target->name);
}

static gboolean
note (Run *self, guint64 count, GError **error)
{
  self->done += count;
  bv_progress_set (self->transfer->progress, self->transfer->step, self->done,
                   self->transfer->target->capacity);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static gboolean
send_data (Run *self, const char *data, gsize size, GError **error)
{
  while (size > 0)
    {
      int sent = virStreamSend (self->target, data, size);

      if (sent < 0)
        return fail (self, error);
      data += sent;
      size -= sent;
      self->written += sent;
      if (!note (self, sent, error))
        return FALSE;
    }
  return TRUE;
}

/* In parts, so that it can be cancelled: on a block device zeros are written. */
static gboolean
send_hole (Run *self, guint64 size, GError **error)
{
  const guint64 most = self->transfer->target->block ? 16 * 1024 * 1024 : G_MAXINT64;

  while (size > 0)
    {
      guint64 part = MIN (size, most);

      if (virStreamSendHole (self->target, part, 0) < 0)
        return fail (self, error);
      size -= part;
      if (!note (self, part, error))
        return FALSE;
    }
  return TRUE;
}

/* A raw image. */

static gboolean
send_extent (Run *self, int fd, off_t end, GError **error)
{
  while ((off_t)self->done < end)
    {
      gssize count =
          pread (fd, self->buffer, MIN (BLOCK_SIZE, end - (off_t)self->done), self->done);

      if (count <= 0)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The image %s cannot be read: %s."),
                       self->transfer->path, count < 0 ? g_strerror (errno) : _ ("it ended early"));
          return FALSE;
        }
      if (!send_data (self, self->buffer, count, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
send_file (Run *self, int fd, GError **error)
{
  off_t size = lseek (fd, 0, SEEK_END);

  if (size < 0 || (guint64)size > self->transfer->target->capacity)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The image is larger than the volume %s."), self->transfer->target->name);
      return FALSE;
    }
  while ((off_t)self->done < size)
    {
      off_t data = lseek (fd, self->done, SEEK_DATA);
      off_t hole = data < 0 ? size : lseek (fd, data, SEEK_HOLE);

      /* ENXIO: nothing but a hole is left. */
      if (data < 0)
        data = size;
      if (!send_hole (self, data - self->done, error) ||
          !send_extent (self, fd, MIN (hole, size), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
send_image (Run *self, GError **error)
{
  int fd = open (self->transfer->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean good;

  if (fd < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The image %s cannot be opened: %s."),
                   self->transfer->path, g_strerror (errno));
      return FALSE;
    }
  good = send_file (self, fd, error);
  close (fd);
  return good;
}

/* Another volume. */

static gboolean
open_source (Run *self, virConnectPtr handle, GError **error)
{
  const BvPoolVolume *source = self->transfer->source;
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (handle, source->pool, source->name, error);

  if (volume == NULL)
    return FALSE;
  self->source = virStreamNew (handle, 0);
  if (self->source != NULL && virStorageVolDownload (volume, self->source, 0, 0,
                                                     VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The volume %s cannot be read"), source->name);
}

static gboolean
send_volume (Run *self, GError **error)
{
  for (;;)
    {
      int count =
          virStreamRecvFlags (self->source, self->buffer, BLOCK_SIZE, VIR_STREAM_RECV_STOP_AT_HOLE);
      long long hole = 0;

      if (count == -3)
        {
          if (virStreamRecvHole (self->source, &hole, 0) < 0)
            return fail (self, error);
          if (!send_hole (self, hole, error))
            return FALSE;
          continue;
        }
      if (count < 0)
        return fail (self, error);
      if (count == 0)
        return virStreamFinish (self->source) == 0 || fail (self, error);
      if (!send_data (self, self->buffer, count, error))
        return FALSE;
    }
}

/* What will take room in the pool, in bytes; 0: not known. */
static guint64
get_needed (const BvTransfer *transfer, virConnectPtr handle)
{
  g_autoptr (virStorageVol) volume = NULL;
  virStorageVolInfo info;
  struct stat status;

  if (transfer->path != NULL)
    return stat (transfer->path, &status) == 0 ? (guint64)status.st_blocks * 512 : 0;
  if (transfer->source == NULL)
    return 0;
  volume = bv_pool_volume_open (handle, transfer->source->pool, transfer->source->name, NULL);
  return volume != NULL && virStorageVolGetInfo (volume, &info) == 0 ? info.allocation : 0;
}

/* Asked before: libvirt 9.0 may wait for ever in a sparse upload that meets the end of the room. */
static gboolean
check_room (const Run *self, virConnectPtr handle, GError **error)
{
  const BvPoolVolume *target = self->transfer->target;
  g_autoptr (virStoragePool) pool = virStoragePoolLookupByName (handle, target->pool);
  guint64 needed = get_needed (self->transfer, handle);
  virStoragePoolInfo info;

  if (target->block || pool == NULL || virStoragePoolRefresh (pool, 0) != 0 ||
      virStoragePoolGetInfo (pool, &info) != 0 || needed <= info.available)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The storage pool %s is full: it has %" G_GUINT64_FORMAT " bytes left, and the "
                  "data take %" G_GUINT64_FORMAT "."),
               target->pool, (guint64)info.available, needed);
  return FALSE;
}

static gboolean
open_target (Run *self, virConnectPtr handle, GError **error)
{
  const BvPoolVolume *target = self->transfer->target;
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (handle, target->pool, target->name, error);

  if (volume == NULL)
    return FALSE;
  self->target = virStreamNew (handle, 0);
  if (self->target != NULL &&
      virStorageVolUpload (volume, self->target, 0, 0, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) == 0)
    return TRUE;
  return fail (self, error);
}

/* The hole at the end gives a file back the size that it was made with: libvirt cuts it where a
 * hole before ends. On a block device it takes away what was there before. */
static gboolean
send_all (Run *self, GError **error)
{
  if (self->transfer->path != NULL && !send_image (self, error))
    return FALSE;
  if (self->transfer->source != NULL && !send_volume (self, error))
    return FALSE;
  return send_hole (self, self->transfer->target->capacity - self->done, error) &&
         (virStreamFinish (self->target) == 0 || fail (self, error));
}

/* libvirt 9.0 may keep to itself that the last of a sparse upload could not be written: there is no
 * room, for one. Less on the disk than was sent shows it, or that the filesystem compresses. */
static gboolean
check_contents (const Run *self, virConnectPtr handle, GError **error)
{
  const BvTransfer *transfer = self->transfer;
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (handle, transfer->target->pool, transfer->target->name, error);
  g_autofree char *wanted = NULL;
  g_autofree char *got = NULL;
  virStorageVolInfo info;

  if (volume == NULL)
    return FALSE;
  if (virStorageVolGetInfo (volume, &info) != 0)
    return fail (self, error);
  if (info.allocation >= self->written)
    return TRUE;
  wanted = transfer->path != NULL
               ? bv_volume_digest_of_file (transfer->path, self->cancellable, error)
               : bv_volume_digest_of_volume (handle, transfer->source, self->cancellable, error);
  if (wanted != NULL)
    got = bv_volume_digest_of_volume (handle, transfer->target, self->cancellable, error);
  if (got == NULL || g_str_equal (wanted, got))
    return got != NULL;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The storage pool %s did not take all of the volume %s. It may be full."),
               transfer->target->pool, transfer->target->name);
  return FALSE;
}

static void
abort_stream (virStreamPtr stream, gboolean good)
{
  if (stream == NULL)
    return;
  if (!good)
    virStreamAbort (stream);
  virStreamFree (stream);
}

gboolean
bv_volume_transfer_run (virConnectPtr handle, const BvTransfer *transfer, GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *buffer = g_malloc (BLOCK_SIZE);
  Run run = { .transfer = transfer, .cancellable = cancellable, .buffer = buffer };
  gboolean good;

  good = (transfer->source == NULL || open_source (&run, handle, error)) &&
         check_room (&run, handle, error) && open_target (&run, handle, error) &&
         send_all (&run, error);
  abort_stream (run.source, good);
  abort_stream (run.target, good);
  return good &&
         (transfer->target->block || run.written == 0 || check_contents (&run, handle, error));
}
