/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-data-import.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-disk-image.h"
#include "host/bv-program.h"
#include "host/pool/bv-http-download.h"
#include "host/pool/bv-decompress.h"
#include "host/pool/bv-volume-transfer.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-object-private.h"

#define BLOCK_SIZE (256 * 1024)
/* What a compressed or sparse format may take beyond the size of its disk. */
#define CONVERT_SECONDS (24 * 60 * 60)
#define FORMAT_OVERHEAD (64 * 1024 * 1024)

BvDataImport *
bv_data_import_new (BvDataKind kind)
{
  BvDataImport *self = g_new0 (BvDataImport, 1);

  self->kind = kind;
  self->fd = -1;
  return self;
}

void
bv_data_import_free (BvDataImport *self)
{
  g_free (self->pool);
  g_free (self->own_pool);
  g_free (self->own_folder);
  g_free (self->partition_folder);
  g_free (self->name);
  g_free (self->url);
  g_free (self->user);
  g_free (self->password);
  g_strfreev (self->headers);
  g_free (self->certificates);
  g_free (self->checksum);
  g_clear_pointer (&self->source, bv_pool_volume_free);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->scratch);
  g_clear_object (&self->progress);
  g_clear_object (&self->secret);
  g_clear_pointer (&self->images, bv_image_store_unref);
  g_free (self->architecture);
  g_clear_pointer (&self->config, bv_config_unref);
  g_free (self);
}

/* Checksums, as CDI writes them: ALGORITHM:DIGEST. */

static GChecksum *
make_checksum (const char *text, GError **error)
{
  static const struct
  {
    const char *prefix;
    GChecksumType type;
  } algorithms[] = {
    { "md5:", G_CHECKSUM_MD5 },
    { "sha1:", G_CHECKSUM_SHA1 },
    { "sha256:", G_CHECKSUM_SHA256 },
    { "sha512:", G_CHECKSUM_SHA512 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (g_str_has_prefix (text, algorithms[i].prefix))
      return g_checksum_new (algorithms[i].type);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no checksum; write it as sha256:DIGEST."), text);
  return NULL;
}

static gboolean
compare_checksum (const char *wanted, GChecksum *checksum, GError **error)
{
  const char *got = g_checksum_get_string (checksum);

  if (g_ascii_strcasecmp (strchr (wanted, ':') + 1, got) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("What was fetched has the checksum %s, not %s; it is not used."), got, wanted);
  return FALSE;
}

/* The data as they come. */

/* Who sends may be slow, or gone; FALSE when it was cancelled. */
static gboolean
wait_for_data (int fd, GCancellable *cancellable, GError **error)
{
  GPollFD polled[2] = { { .fd = fd, .events = G_IO_IN } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &polled[1]);

  while (g_poll (polled, can_cancel ? 2 : 1, -1) < 0 && errno == EINTR)
    ;
  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
read_fd (const BvDataImport *self, BvSparseFile *file, GCancellable *cancellable, GError **error)
{
  g_autofree char *buffer = g_malloc (BLOCK_SIZE);
  gssize count;

  for (;;)
    {
      if (!wait_for_data (self->fd, cancellable, error))
        return FALSE;
      count = read (self->fd, buffer, BLOCK_SIZE);
      if (count == 0)
        return TRUE;
      if (count < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (count < 0)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("The image that is uploaded cannot be read: %s."), g_strerror (errno));
          return FALSE;
        }
      if (!bv_sparse_file_write (file, buffer, count, error))
        return FALSE;
      bv_progress_set (self->progress, _ ("Uploading"), bv_sparse_file_get_size (file),
                       self->fd_size);
    }
}

static gboolean
download (const BvDataImport *self, BvSparseFile *file, GCancellable *cancellable, GError **error)
{
  g_autofree char *trusted = NULL;
  BvHttpSource source = { .url = self->url,
                          .user = self->user,
                          .password = self->password,
                          .headers = (const char *const *)self->headers };

  if (self->certificates != NULL)
    {
      trusted = g_build_filename (self->scratch, "trusted.pem", NULL);
      if (!g_file_set_contents_full (trusted, self->certificates, -1, G_FILE_SET_CONTENTS_NONE,
                                     0600, error))
        return FALSE;
      source.certificates = trusted;
    }
  return bv_http_download (&source, file, self->progress, cancellable, error);
}

/* What comes, as it is, at PATH. */
static gboolean
receive (const BvDataImport *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autoptr (BvSparseFile) file = NULL;

  if (self->checksum != NULL && (checksum = make_checksum (self->checksum, error)) == NULL)
    return FALSE;
  file = bv_sparse_file_new (path, self->most, error);
  if (file == NULL)
    return FALSE;
  bv_sparse_file_set_checksum (file, checksum);
  return (self->kind == BV_DATA_UPLOAD ? read_fd (self, file, cancellable, error)
                                       : download (self, file, cancellable, error)) &&
         bv_sparse_file_close (file, error) &&
         (checksum == NULL || compare_checksum (self->checksum, checksum, error));
}

/* A raw image of the data. */

static gboolean
convert (const BvDataImport *self, const char *format, const char *path, const char *raw,
         GCancellable *cancellable, GError **error)
{
  const char *const arguments[] = { "qemu-img", "convert", "-q", "-f", format,
                                    "-O",       "raw",     path, raw,  NULL };

  bv_progress_set (self->progress, _ ("Converting"), 0, 0);
  return bv_program_run (arguments, CONVERT_SECONDS, cancellable, error);
}

/* What is too large now will be so the next time. */
static gboolean
inspect (const BvDataImport *self, const char *path, BvDiskImage *image, GCancellable *cancellable,
         GError **error)
{
  guint64 limit = self->size != 0 ? bv_pool_round_size (self->size) : self->most;
  g_autoptr (GError) local = NULL;

  if (bv_disk_image_check (path, limit, cancellable, image, &local))
    return TRUE;
  if (local->code == BV_ERROR_LIMIT_EXCEEDED)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("The image does not fit: %s Ask for a larger claim."), local->message);
  else
    g_set_error (error, BV_ERROR, local->code, _ ("The image cannot be used: %s"), local->message);
  return FALSE;
}

static char *
unpack (const BvDataImport *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *unpacked = NULL;
  guint64 most = self->size != 0 ? self->size + FORMAT_OVERHEAD : self->most;

  if (!bv_decompress_is_needed (path))
    return g_strdup (path);
  unpacked = g_build_filename (self->scratch, "unpacked", NULL);
  if (!bv_decompress (path, unpacked, most, self->progress, cancellable, error))
    return NULL;
  g_unlink (path);
  return g_steal_pointer (&unpacked);
}

/* Its path, and its size. */
static char *
make_raw (const BvDataImport *self, const char *path, guint64 *size, GCancellable *cancellable,
          GError **error)
{
  g_autofree char *unpacked = unpack (self, path, cancellable, error);
  g_autofree char *raw = NULL;
  BvDiskImage image;

  if (unpacked == NULL || !inspect (self, unpacked, &image, cancellable, error))
    return NULL;
  *size = image.virtual_size;
  if (g_str_equal (image.format, "raw"))
    return g_steal_pointer (&unpacked);
  raw = g_build_filename (self->scratch, "raw", NULL);
  if (!convert (self, image.format, unpacked, raw, cancellable, error))
    return NULL;
  g_unlink (unpacked);
  return g_steal_pointer (&raw);
}

/* The volume. */

static BvPoolRequest
get_request (const BvDataImport *self, guint64 size)
{
  return (BvPoolRequest){ .pool = self->pool,
                          .own_pool = self->own_pool,
                          .own_folder = self->own_folder,
                          .partition_folder = self->partition_folder,
                          .name = self->name,
                          .size = bv_pool_round_size (size),
                          .must_be_block = self->must_be_block,
                          .preallocate = self->preallocate };
}

typedef struct
{
  BvPoolRequest request;
  BvTransfer transfer;
  gboolean is_filled; /* a new volume is what is wanted */
} Filling;

/* Half of a volume is never left; of one that could not be deleted the next try hears. */
static gpointer
fill_volume (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  Filling *filling = data;
  g_autoptr (BvPoolVolume) volume = NULL;

  if (!bv_pool_volume_delete (handle, &filling->request, error))
    return NULL;
  volume = bv_pool_volume_create (handle, &filling->request, error);
  if (volume == NULL)
    return NULL;
  /* A new image file reads as zeros, a new block device as what was there before. */
  if (filling->is_filled && !volume->block)
    return g_steal_pointer (&volume);
  filling->transfer.target = volume;
  if (bv_volume_transfer_run (handle, &filling->transfer, cancellable, error))
    return g_steal_pointer (&volume);
  bv_pool_volume_delete (handle, &filling->request, NULL);
  return NULL;
}

static BvPoolVolume *
make_volume (const BvDataImport *self, const char *raw, guint64 size, GCancellable *cancellable,
             GError **error)
{
  Filling filling = { .request = get_request (self, MAX (size, self->size)),
                      .transfer = { .path = raw,
                                    .source = self->source,
                                    .progress = self->progress,
                                    .step = _ ("Writing") },
                      .is_filled = raw == NULL && self->source == NULL };

  if (filling.request.size == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("Nothing says how large the volume is to be."));
      return NULL;
    }
  return bv_libvirt_caller_call (&self->libvirt, fill_volume, &filling, cancellable, error);
}

static BvPoolVolume *
make_copy (const BvDataImport *self, GCancellable *cancellable, GError **error)
{
  if (self->size == 0 || self->size >= self->source->capacity)
    return make_volume (self, NULL, self->source->capacity, cancellable, error);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("The claim that is copied has %" G_GUINT64_FORMAT " bytes, more than the "
                  "%" G_GUINT64_FORMAT " that are asked for. Ask for more."),
               self->source->capacity, self->size);
  return NULL;
}

static gboolean
pull (const BvDataImport *self, const char *path, GCancellable *cancellable, GError **error)
{
  const BvImageRequest request = {
    .reference = self->url,
    .policy = "Always",
    .pull_secret = self->secret != NULL ? bv_object_get_record (self->secret) : NULL,
    .architecture = self->architecture,
    .group = BV_NO_GROUP,
  };

  return bv_image_store_get_disk (self->images, &request, NULL, path, cancellable, self->progress,
                                  NULL, NULL, error);
}

static BvPoolVolume *
import_image (const BvDataImport *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (self->scratch, "received", NULL);
  g_autofree char *raw = NULL;
  guint64 size = 0;

  if (self->kind == BV_DATA_REGISTRY ? pull (self, path, cancellable, error)
                                     : receive (self, path, cancellable, error))
    raw = make_raw (self, path, &size, cancellable, error);
  return raw != NULL ? make_volume (self, raw, size, cancellable, error) : NULL;
}

/* The folder of what comes. Nobody but the service looks into it. */
static gboolean
make_scratch (const BvDataImport *self, GError **error)
{
  if (!bv_volume_folder_remove (self->scratch, error))
    return FALSE;
  if (g_mkdir_with_parents (self->scratch, 0700) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
               self->scratch, g_strerror (errno));
  return FALSE;
}

BvPoolVolume *
bv_data_import_run (const BvDataImport *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (BvPoolVolume) volume = NULL;
  g_autoptr (GError) local = NULL;

  if (self->kind == BV_DATA_BLANK)
    return make_volume (self, NULL, self->size, cancellable, error);
  if (self->kind == BV_DATA_CLAIM)
    return make_copy (self, cancellable, error);
  if (!make_scratch (self, error))
    return NULL;
  volume = import_image (self, cancellable, error);
  if (!bv_volume_folder_remove (self->scratch, &local))
    g_warning ("%s", local->message);
  return g_steal_pointer (&volume);
}

void
bv_data_import_run_in_worker (GTask *task)
{
  GError *error = NULL;
  BvPoolVolume *volume =
      bv_data_import_run (g_task_get_task_data (task), g_task_get_cancellable (task), &error);

  if (volume != NULL)
    g_task_return_pointer (task, volume, (GDestroyNotify)bv_pool_volume_free);
  else
    g_task_return_error (task, error);
}
