/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-sparse-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "model/bv-error.h"

#define BLOCK_SIZE 65536

struct _BvSparseFile
{
  char *path;
  int fd;
  guint64 size;
  guint64 most;
  GChecksum *checksum; /* borrowed */
};

static gboolean
fail (const BvSparseFile *self, GError **error)
{
  int code = errno;

  g_set_error (error, BV_ERROR, code == ENOSPC ? BV_ERROR_LIMIT_EXCEEDED : BV_ERROR_FAILED,
               _ ("%s cannot be written: %s."), self->path, g_strerror (code));
  return FALSE;
}

BvSparseFile *
bv_sparse_file_new (const char *path, guint64 most, GError **error)
{
  g_autoptr (BvSparseFile) self = g_new0 (BvSparseFile, 1);

  self->path = g_strdup (path);
  self->most = most;
  self->fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->fd >= 0)
    return g_steal_pointer (&self);
  fail (self, error);
  return NULL;
}

void
bv_sparse_file_set_checksum (BvSparseFile *self, GChecksum *checksum)
{
  self->checksum = checksum;
}

static gboolean
is_zero (const char *data, gsize size)
{
  return data[0] == 0 && memcmp (data, data + 1, size - 1) == 0;
}

static gboolean
write_block (BvSparseFile *self, const char *data, gsize size, GError **error)
{
  if (is_zero (data, size))
    {
      self->size += size;
      return TRUE;
    }
  while (size > 0)
    {
      gssize count = pwrite (self->fd, data, size, self->size);

      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return fail (self, error);
      self->size += count;
      data += count;
      size -= count;
    }
  return TRUE;
}

gboolean
bv_sparse_file_write (BvSparseFile *self, gconstpointer data, gsize size, GError **error)
{
  const char *bytes = data;

  if (size > self->most - self->size)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The image is larger than %" G_GUINT64_FORMAT " bytes, which is the most "
                      "that may come."),
                   self->most);
      return FALSE;
    }
  if (self->checksum != NULL)
    g_checksum_update (self->checksum, data, size);
  while (size > 0)
    {
      gsize part = MIN (size, BLOCK_SIZE - self->size % BLOCK_SIZE);

      if (!write_block (self, bytes, part, error))
        return FALSE;
      bytes += part;
      size -= part;
    }
  return TRUE;
}

guint64
bv_sparse_file_get_size (const BvSparseFile *self)
{
  return self->size;
}

gboolean
bv_sparse_file_close (BvSparseFile *self, GError **error)
{
  int fd = self->fd;

  if (ftruncate (fd, self->size) != 0)
    return fail (self, error);
  self->fd = -1;
  return close (fd) == 0 || fail (self, error);
}

void
bv_sparse_file_free (BvSparseFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}
