/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-volume-digest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

#define BLOCK_SIZE 4096
#define READ_SIZE (256 * 1024)

struct _BvVolumeDigest
{
  GChecksum *checksum;
  guint64 offset; /* of the block */
  gsize used;     /* of it */
  char block[BLOCK_SIZE];
};

BvVolumeDigest *
bv_volume_digest_new (void)
{
  BvVolumeDigest *self = g_new0 (BvVolumeDigest, 1);

  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  return self;
}

void
bv_volume_digest_free (BvVolumeDigest *self)
{
  g_checksum_free (self->checksum);
  g_free (self);
}

static void
end_block (BvVolumeDigest *self)
{
  gboolean zero = self->block[0] == 0 && memcmp (self->block, self->block + 1, BLOCK_SIZE - 1) == 0;

  if (!zero)
    {
      g_checksum_update (self->checksum, (const guchar *)&self->offset, sizeof self->offset);
      g_checksum_update (self->checksum, (const guchar *)self->block, BLOCK_SIZE);
      memset (self->block, 0, BLOCK_SIZE);
    }
  self->offset += BLOCK_SIZE;
  self->used = 0;
}

void
bv_volume_digest_add (BvVolumeDigest *self, gconstpointer data, gsize size)
{
  const char *bytes = data;

  while (size > 0)
    {
      gsize part = MIN (size, BLOCK_SIZE - self->used);

      memcpy (self->block + self->used, bytes, part);
      self->used += part;
      bytes += part;
      size -= part;
      if (self->used == BLOCK_SIZE)
        end_block (self);
    }
}

/* What is not filled in of a block is zero. */
void
bv_volume_digest_skip (BvVolumeDigest *self, guint64 size)
{
  guint64 rest = BLOCK_SIZE - self->used;

  if (size < rest)
    {
      self->used += size;
      return;
    }
  if (self->used > 0)
    {
      end_block (self);
      size -= rest;
    }
  self->offset += size / BLOCK_SIZE * BLOCK_SIZE;
  self->used = size % BLOCK_SIZE;
}

char *
bv_volume_digest_end (BvVolumeDigest *self)
{
  if (self->used > 0)
    end_block (self);
  return g_strdup (g_checksum_get_string (self->checksum));
}

static gboolean
read_file (BvVolumeDigest *self, int fd, GCancellable *cancellable)
{
  g_autofree char *buffer = g_malloc (READ_SIZE);
  gssize count;

  while ((count = read (fd, buffer, READ_SIZE)) != 0)
    {
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0 || g_cancellable_is_cancelled (cancellable))
        return FALSE;
      bv_volume_digest_add (self, buffer, count);
    }
  return TRUE;
}

char *
bv_volume_digest_of_file (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (BvVolumeDigest) digest = bv_volume_digest_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean good = fd >= 0 && read_file (digest, fd, cancellable);

  if (!good && !g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The image %s cannot be read: %s."), path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return good ? bv_volume_digest_end (digest) : NULL;
}

/* FALSE with libvirt's error, or when it was cancelled. */
static gboolean
read_stream (BvVolumeDigest *self, virStreamPtr stream, GCancellable *cancellable)
{
  g_autofree char *buffer = g_malloc (READ_SIZE);

  while (!g_cancellable_is_cancelled (cancellable))
    {
      int count = virStreamRecvFlags (stream, buffer, READ_SIZE, VIR_STREAM_RECV_STOP_AT_HOLE);
      long long hole = 0;

      if (count == -3 && virStreamRecvHole (stream, &hole, 0) == 0)
        bv_volume_digest_skip (self, hole);
      else if (count > 0)
        bv_volume_digest_add (self, buffer, count);
      else
        return count == 0 && virStreamFinish (stream) == 0;
    }
  return FALSE;
}

char *
bv_volume_digest_of_volume (virConnectPtr handle, const BvPoolVolume *volume,
                            GCancellable *cancellable, GError **error)
{
  g_autoptr (virStorageVol) opened =
      bv_pool_volume_open (handle, volume->pool, volume->name, error);
  g_autoptr (BvVolumeDigest) digest = bv_volume_digest_new ();
  g_autoptr (virStream) stream = opened != NULL ? virStreamNew (handle, 0) : NULL;

  if (opened == NULL)
    return NULL;
  if (stream != NULL &&
      virStorageVolDownload (opened, stream, 0, 0, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) == 0)
    {
      if (read_stream (digest, stream, cancellable))
        return bv_volume_digest_end (digest);
      virStreamAbort (stream);
    }
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    bv_set_error_from_libvirt (error, _ ("The volume %s cannot be read"), volume->name);
  return NULL;
}
