/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "host/pool/bv-sparse-file.h"
#include "model/bv-error.h"

#define BLOCK_SIZE (256 * 1024)

typedef struct archive Archive;

static void
archive_clear (Archive *archive)
{
  archive_read_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_clear)

/* How compressed files begin. */
static const struct
{
  const char *bytes;
  gsize size;
} signatures[] = {
  { "\x1f\x8b", 2 },
  { "\xfd\x37\x7a\x58\x5a\x00", 6 },
  { "\x28\xb5\x2f\xfd", 4 },
};

gboolean
bv_decompress_is_needed (const char *path)
{
  char begin[6] = { 0 };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gssize count;

  if (fd < 0)
    return FALSE;
  count = pread (fd, begin, sizeof begin, 0);
  close (fd);
  for (gsize i = 0; i < G_N_ELEMENTS (signatures); i++)
    if (count >= (gssize)signatures[i].size &&
        memcmp (begin, signatures[i].bytes, signatures[i].size) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
fail (Archive *archive, GError **error)
{
  const char *reason = archive_error_string (archive);

  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("The compressed image cannot be unpacked: %s."),
               reason != NULL ? reason : _ ("it is damaged"));
  return FALSE;
}

static gboolean
copy (Archive *archive, BvSparseFile *file, BvProgress *progress, guint64 total,
      GCancellable *cancellable, GError **error)
{
  g_autofree char *buffer = g_malloc (BLOCK_SIZE);
  gssize count;

  while ((count = archive_read_data (archive, buffer, BLOCK_SIZE)) > 0)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !bv_sparse_file_write (file, buffer, count, error))
        return FALSE;
      bv_progress_set (progress, _ ("Unpacking"),
                       MIN ((guint64)archive_filter_bytes (archive, -1), total), total);
    }
  return count == 0 ? bv_sparse_file_close (file, error) : fail (archive, error);
}

/* Only filters that run in this process: libarchive would start programs for others. */
static Archive *
open_archive (const char *path, GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  struct archive_entry *entry;

  archive_read_support_format_raw (archive);
  if (archive_read_support_filter_gzip (archive) == ARCHIVE_OK &&
      archive_read_support_filter_xz (archive) == ARCHIVE_OK &&
      archive_read_support_filter_zstd (archive) == ARCHIVE_OK &&
      archive_read_open_filename (archive, path, BLOCK_SIZE) == ARCHIVE_OK &&
      archive_read_next_header (archive, &entry) == ARCHIVE_OK)
    return g_steal_pointer (&archive);
  fail (archive, error);
  return NULL;
}

static guint64
get_size (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  off_t size = fd >= 0 ? lseek (fd, 0, SEEK_END) : 0;

  if (fd >= 0)
    close (fd);
  return MAX (size, 0);
}

gboolean
bv_decompress (const char *path, const char *unpacked, guint64 most, BvProgress *progress,
               GCancellable *cancellable, GError **error)
{
  g_autoptr (Archive) archive = open_archive (path, error);
  g_autoptr (BvSparseFile) file =
      archive != NULL ? bv_sparse_file_new (unpacked, most, error) : NULL;

  return file != NULL && copy (archive, file, progress, get_size (path), cancellable, error);
}
