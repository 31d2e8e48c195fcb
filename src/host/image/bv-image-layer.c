/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "model/bv-error.h"

#define BUFFER_SIZE (256 * 1024)

struct _BvImageLayer
{
  const BvImageBlob *blob;
  struct archive *archive;
  GChecksum *checksum;
  guint8 *buffer;
  guint64 position;
  int fd;
};

static gssize
read_part (BvImageLayer *self)
{
  gssize size;

  do
    size = read (self->fd, self->buffer, BUFFER_SIZE);
  while (size < 0 && errno == EINTR);
  if (size > 0)
    {
      g_checksum_update (self->checksum, self->buffer, size);
      self->position += size;
    }
  return size;
}

static la_ssize_t
bv_image_layer_read_cb (struct archive *archive, void *user_data, const void **data)
{
  BvImageLayer *self = user_data;
  gssize size = read_part (self);

  if (size < 0)
    archive_set_error (archive, errno, "%s", g_strerror (errno));
  *data = self->buffer;
  return size;
}

void
bv_image_layer_free (BvImageLayer *self)
{
  archive_read_free (self->archive);
  g_checksum_free (self->checksum);
  g_free (self->buffer);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

static gboolean
fail (BvImageLayer *self, GError **error)
{
  const char *message = archive_error_string (self->archive);

  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("Its layer %s cannot be unpacked: %s."), self->blob->digest,
               message != NULL ? message : _ ("it is damaged"));
  return FALSE;
}

/* The formats that an image may have by its specification, and no others. */
static struct archive *
make_archive (void)
{
  struct archive *archive = archive_read_new ();

  archive_read_support_format_tar (archive);
  archive_read_support_format_empty (archive);
  archive_read_support_filter_gzip (archive);
  archive_read_support_filter_zstd (archive);
  return archive;
}

BvImageLayer *
bv_image_layer_open (const char *path, const BvImageBlob *blob, GError **error)
{
  g_autoptr (BvImageLayer) self = g_new0 (BvImageLayer, 1);

  self->blob = blob;
  self->archive = make_archive ();
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self->buffer = g_malloc (BUFFER_SIZE);
  self->fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (self->fd < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                   _ ("Its layer %s cannot be read: %s."), blob->digest, g_strerror (errno));
      return NULL;
    }
  if (archive_read_open (self->archive, self, NULL, bv_image_layer_read_cb, NULL) == ARCHIVE_OK)
    return g_steal_pointer (&self);
  fail (self, error);
  return NULL;
}

struct archive_entry *
bv_image_layer_next (BvImageLayer *self, GError **error)
{
  struct archive_entry *entry = NULL;
  int result = archive_read_next_header (self->archive, &entry);

  /* A warning is, for one, a name that is not of our character set. */
  if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
    return entry;
  if (result != ARCHIVE_EOF)
    fail (self, error);
  return NULL;
}

gboolean
bv_image_layer_read (BvImageLayer *self, const void **data, gsize *size, gint64 *offset,
                     GError **error)
{
  int result = archive_read_data_block (self->archive, data, size, offset);

  if (result == ARCHIVE_EOF)
    *size = 0;
  return result == ARCHIVE_OK || result == ARCHIVE_EOF || fail (self, error);
}

guint64
bv_image_layer_get_position (BvImageLayer *self)
{
  return self->position;
}

guint64
bv_image_layer_get_unpacked (BvImageLayer *self)
{
  return archive_filter_bytes (self->archive, 0);
}

gboolean
bv_image_layer_verify (BvImageLayer *self, GError **error)
{
  gssize size;

  do
    size = read_part (self);
  while (size > 0);
  if (size == 0 &&
      g_str_equal (g_checksum_get_string (self->checksum), self->blob->digest + strlen ("sha256:")))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("Its layer %s does not have that digest; it was damaged, or changed on its way. "
                  "It is thrown away."),
               self->blob->digest);
  return FALSE;
}
