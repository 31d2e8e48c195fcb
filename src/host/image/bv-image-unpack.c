/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/image/bv-image-layer.h"
#include "host/image/bv-image-tree.h"
#include "model/bv-error.h"

/* What is all zeros in one of these becomes a hole. */
#define PAGE 4096

typedef struct
{
  const BvImageUnpacking *how;
  BvImageTree *tree;
  guint64 total;    /* of all layers, as they are in the cache */
  guint64 done;     /* of the layers before this one */
  guint64 unpacked; /* what came out of them */
} Unpacker;

static gboolean
fail_to_write (GError **error, int code)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The disk out of it cannot be written: %s."),
               g_strerror (code));
  return FALSE;
}

static gboolean
check_limit (const Unpacker *self, guint64 size, GError **error)
{
  if (size <= self->how->limit)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("It unpacks to more than %" G_GUINT64_FORMAT " bytes, which disk-bytes= in "
                  "[images] of barevirt.conf allows."),
               self->how->limit);
  return FALSE;
}

static gboolean
check_on (Unpacker *self, BvImageLayer *layer, GError **error)
{
  if (g_cancellable_is_cancelled (self->how->cancellable))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, _ ("It was cancelled."));
      return FALSE;
    }
  bv_progress_set (self->how->progress, self->how->step,
                   self->done + bv_image_layer_get_position (layer), self->total);
  return check_limit (self, self->unpacked + bv_image_layer_get_unpacked (layer), error);
}

static gboolean
is_zero (const guint8 *data, gsize size)
{
  return data[0] == 0 && memcmp (data, data + 1, size - 1) == 0;
}

static gboolean
write_all (int fd, const guint8 *data, gsize size, gint64 offset, GError **error)
{
  while (size > 0)
    {
      gssize written = pwrite (fd, data, size, offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return fail_to_write (error, errno);
      data += written;
      size -= written;
      offset += written;
    }
  return TRUE;
}

static gboolean
write_part (int fd, const guint8 *data, gsize size, gint64 offset, GError **error)
{
  while (size > 0)
    {
      gsize length = MIN (size, PAGE);

      if (!is_zero (data, length) && !write_all (fd, data, length, offset, error))
        return FALSE;
      data += length;
      size -= length;
      offset += length;
    }
  return TRUE;
}

/* FD is -1 for what nobody wants: it is read all the same, so that it can be stopped. */
static gboolean
copy_contents (Unpacker *self, BvImageLayer *layer, gint64 whole, int fd, GError **error)
{
  const void *data;
  gsize size;
  gint64 offset;

  do
    {
      if (!bv_image_layer_read (layer, &data, &size, &offset, error) ||
          !check_on (self, layer, error))
        return FALSE;
      if (size > 0 && (offset < 0 || offset > whole || (gint64)size > whole - offset))
        return fail_to_write (error, EFBIG);
      if (fd >= 0 && size > 0 && !write_part (fd, data, size, offset, error))
        return FALSE;
    }
  while (size > 0);
  return fd < 0 || ftruncate (fd, whole) == 0 || fail_to_write (error, errno);
}

static char *
build_path (const Unpacker *self, guint number)
{
  g_autofree char *name = g_strdup_printf ("%u", number);

  return g_build_filename (self->how->folder, name, NULL);
}

static gboolean
write_file (Unpacker *self, BvImageLayer *layer, gint64 size, guint number, GError **error)
{
  g_autofree char *path = build_path (self, number);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean good;

  if (fd < 0)
    return fail_to_write (error, errno);
  good = check_limit (self, size, error) && copy_contents (self, layer, size, fd, error);
  if (close (fd) != 0 && good)
    return fail_to_write (error, errno);
  return good;
}

static BvImageEntryKind
get_kind (struct archive_entry *entry)
{
  if (archive_entry_hardlink (entry) != NULL || archive_entry_hardlink_utf8 (entry) != NULL)
    return BV_IMAGE_HARD_LINK;
  switch (archive_entry_filetype (entry))
    {
    case AE_IFREG:
      return BV_IMAGE_FILE;
    case AE_IFDIR:
      return BV_IMAGE_FOLDER;
    case AE_IFLNK:
      return BV_IMAGE_SYMLINK;
    default:
      return BV_IMAGE_SPECIAL;
    }
}

static const char *
get_name (struct archive_entry *entry)
{
  const char *name = archive_entry_pathname (entry);

  return name != NULL ? name : archive_entry_pathname_utf8 (entry);
}

static const char *
get_target (struct archive_entry *entry)
{
  const char *target = archive_entry_hardlink (entry);

  return target != NULL ? target : archive_entry_hardlink_utf8 (entry);
}

static gboolean
take_entry (Unpacker *self, guint number, BvImageLayer *layer, struct archive_entry *entry,
            GError **error)
{
  const char *name = get_name (entry);
  BvImageEntryKind kind = get_kind (entry);
  gint64 size = kind == BV_IMAGE_FILE ? archive_entry_size (entry) : 0;
  gboolean wanted = FALSE;
  guint file = 0;

  /* One whose name is of no character set is none that a manifest can name. */
  if (name != NULL && !bv_image_tree_add (self->tree, number, kind, name, get_target (entry),
                                          &wanted, &file, error))
    return FALSE;
  if (wanted)
    return write_file (self, layer, size, file, error);
  return kind != BV_IMAGE_FILE || copy_contents (self, layer, size, -1, error);
}

static gboolean
take_entries (Unpacker *self, guint number, BvImageLayer *layer, GError **error)
{
  g_autoptr (GError) local = NULL;
  struct archive_entry *entry;

  while ((entry = bv_image_layer_next (layer, &local)) != NULL)
    if (!check_on (self, layer, error) || !take_entry (self, number, layer, entry, error))
      return FALSE;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* What is wrong with the digest explains all else. */
static gboolean
take_layer (Unpacker *self, guint number, GError **error)
{
  const BvImageBlob *blob = g_ptr_array_index (self->how->layers, number);
  g_autofree char *path =
      g_build_filename (self->how->blob_folder, blob->digest + strlen ("sha256:"), NULL);
  g_autoptr (BvImageLayer) layer = bv_image_layer_open (path, blob, error);
  g_autoptr (GError) local = NULL;
  gboolean good;

  if (layer == NULL)
    return FALSE;
  good = take_entries (self, number, layer, &local);
  if (!good && (g_error_matches (local, BV_ERROR, BV_ERROR_CANCELLED) ||
                g_error_matches (local, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED)))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!bv_image_layer_verify (layer, error))
    {
      g_unlink (path);
      return FALSE;
    }
  if (!good)
    g_propagate_error (error, g_steal_pointer (&local));
  self->done += bv_image_layer_get_position (layer);
  self->unpacked += bv_image_layer_get_unpacked (layer);
  return good;
}

GStrv
bv_image_unpack (const BvImageUnpacking *unpacking, GError **error)
{
  g_autoptr (BvImageTree) tree = bv_image_tree_new (unpacking->paths);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GArray) numbers = NULL;
  Unpacker self = { .how = unpacking, .tree = tree };

  for (guint i = 0; i < unpacking->layers->len; i++)
    self.total += ((const BvImageBlob *)g_ptr_array_index (unpacking->layers, i))->size;
  for (guint i = 0; i < unpacking->layers->len; i++)
    if (!take_layer (&self, i, error))
      return NULL;
  numbers = bv_image_tree_finish (tree, error);
  if (numbers == NULL)
    return NULL;
  for (guint i = 0; i < numbers->len; i++)
    {
      g_autofree char *path = build_path (&self, g_array_index (numbers, guint, i));

      g_strv_builder_add (builder, path);
    }
  return g_strv_builder_end (builder);
}
