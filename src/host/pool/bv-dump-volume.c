/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-dump-volume.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

/* Any filesystem, partition table or other image would show in it. */
#define HEAD_SIZE (128 * 1024)

struct _BvDumpVolume
{
  virConnectPtr handle; /* borrowed */
  BvPoolVolume *volume;
  char head[HEAD_SIZE];
  gsize head_size;     /* what has come of it */
  virStreamPtr stream; /* for what follows the head */
  guint64 size;
};

static gboolean
fail (const BvDumpVolume *self, GError **error)
{
  return bv_set_error_from_libvirt (error, _ ("The dump cannot be written to the volume %s"),
                                    self->volume->name);
}

static void
end_stream (virStreamPtr *stream)
{
  if (*stream == NULL)
    return;
  virStreamAbort (*stream);
  virStreamFree (*stream);
  *stream = NULL;
}

static gboolean
finish_stream (const BvDumpVolume *self, virStreamPtr *stream, GError **error)
{
  if (virStreamFinish (*stream) != 0)
    return fail (self, error);
  virStreamFree (*stream);
  *stream = NULL;
  return TRUE;
}

static gboolean
send_all (const BvDumpVolume *self, virStreamPtr stream, const char *data, gsize size,
          GError **error)
{
  while (size > 0)
    {
      int n = virStreamSend (stream, data, size);

      if (n < 0)
        return fail (self, error);
      data += n;
      size -= (gsize)n;
    }
  return TRUE;
}

static virStreamPtr
begin_upload (const BvDumpVolume *self, guint64 offset, GError **error)
{
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (self->handle, self->volume->pool, self->volume->name, error);
  virStreamPtr stream = volume != NULL ? virStreamNew (self->handle, 0) : NULL;

  if (stream != NULL && virStorageVolUpload (volume, stream, offset, 0, 0) == 0)
    return stream;
  if (volume != NULL)
    fail (self, error);
  end_stream (&stream);
  return NULL;
}

static gboolean
write_head (const BvDumpVolume *self, const char *head, GError **error)
{
  virStreamPtr stream = begin_upload (self, 0, error);
  gboolean done = stream != NULL && send_all (self, stream, head, HEAD_SIZE, error) &&
                  finish_stream (self, &stream, error);

  end_stream (&stream);
  return done;
}

static gboolean
receive_all (virStreamPtr stream, char *data, gsize size)
{
  while (size > 0)
    {
      int n = virStreamRecv (stream, data, size);

      if (n <= 0)
        return FALSE;
      data += n;
      size -= (gsize)n;
    }
  return virStreamFinish (stream) == 0;
}

static gboolean
read_head (const BvDumpVolume *self, char *head, GError **error)
{
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (self->handle, self->volume->pool, self->volume->name, error);
  virStreamPtr stream = volume != NULL ? virStreamNew (self->handle, 0) : NULL;
  gboolean done = stream != NULL && virStorageVolDownload (volume, stream, 0, HEAD_SIZE, 0) == 0 &&
                  receive_all (stream, head, HEAD_SIZE);

  if (!done && volume != NULL)
    bv_set_error_from_libvirt (error, _ ("The volume %s cannot be read"), self->volume->name);
  if (done)
    virStreamFree (stream);
  else
    end_stream (&stream);
  return done;
}

static gboolean
is_core (const char *head)
{
  const Elf64_Ehdr *elf = (const void *)head;

  return memcmp (elf->e_ident, ELFMAG, SELFMAG) == 0 && elf->e_type == ET_CORE;
}

static gboolean
is_empty (const char *head)
{
  return head[0] == 0 && memcmp (head, head + 1, HEAD_SIZE - 1) == 0;
}

static gboolean
check_contents (const BvDumpVolume *self, GError **error)
{
  g_autofree char *head = g_malloc0 (HEAD_SIZE);

  if (!read_head (self, head, error))
    return FALSE;
  if (is_empty (head) || is_core (head))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("The volume %s holds something else than a dump, which would be lost. Give a "
                  "claim that is empty."),
               self->volume->name);
  return FALSE;
}

/* What the volume takes of the pool already counts. */
static gboolean
check_room (const BvDumpVolume *self, guint64 size, GError **error)
{
  g_autoptr (virStoragePool) pool = virStoragePoolLookupByName (self->handle, self->volume->pool);
  g_autoptr (virStorageVol) volume =
      bv_pool_volume_open (self->handle, self->volume->pool, self->volume->name, error);
  virStoragePoolInfo room;
  virStorageVolInfo info;

  if (volume == NULL)
    return FALSE;
  if (self->volume->block || pool == NULL || virStoragePoolRefresh (pool, 0) != 0 ||
      virStoragePoolGetInfo (pool, &room) != 0 || virStorageVolGetInfo (volume, &info) != 0 ||
      room.available + info.allocation >= size)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The storage pool %s is too full for the dump, which takes %" G_GUINT64_FORMAT
                  " MiB. Make room there."),
               self->volume->pool, size >> 20);
  return FALSE;
}

BvDumpVolume *
bv_dump_volume_open (virConnectPtr handle, const BvPoolVolume *volume, guint64 size, GError **error)
{
  g_autoptr (BvDumpVolume) self = g_new0 (BvDumpVolume, 1);

  self->handle = handle;
  self->volume = bv_pool_volume_copy (volume);
  if (!check_contents (self, error) || !check_room (self, size, error) ||
      !write_head (self, self->head, error))
    return NULL;
  self->stream = begin_upload (self, HEAD_SIZE, error);
  return self->stream != NULL ? g_steal_pointer (&self) : NULL;
}

gboolean
bv_dump_volume_write (BvDumpVolume *self, const char *data, gsize size, GError **error)
{
  gsize head_size = MIN (size, HEAD_SIZE - self->head_size);

  self->size += size;
  if (self->size > self->volume->capacity)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                   _ ("The dump is larger than the volume %s."), self->volume->name);
      return FALSE;
    }
  memcpy (self->head + self->head_size, data, head_size);
  self->head_size += head_size;
  return send_all (self, self->stream, data + head_size, size - head_size, error);
}

/* A power cut must not leave a head without all that follows it. Not every volume is a file here.
 */
static void
sync_volume (const BvDumpVolume *self)
{
  int fd = open (self->volume->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0 || fsync (fd) != 0)
    g_info ("%s is not synced: %s", self->volume->path, g_strerror (errno));
  if (fd >= 0)
    g_close (fd, NULL);
}

gboolean
bv_dump_volume_finish (BvDumpVolume *self, GError **error)
{
  if (!finish_stream (self, &self->stream, error))
    return FALSE;
  sync_volume (self);
  if (!write_head (self, self->head, error))
    return FALSE;
  sync_volume (self);
  return TRUE;
}

void
bv_dump_volume_free (BvDumpVolume *self)
{
  end_stream (&self->stream);
  bv_pool_volume_free (self->volume);
  g_free (self);
}
