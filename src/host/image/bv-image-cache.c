/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

#define GROUP "image"

BvImageCache *
bv_image_cache_new (const char *folder)
{
  BvImageCache *self = g_new0 (BvImageCache, 1);
  g_autofree char *instance = g_uuid_string_random ();

  self->folder = g_strdup (folder);
  self->shared_blob_folder = g_build_filename (folder, "blobs", NULL);
  self->blob_folder = g_build_filename (folder, "blobs", "sha256", NULL);
  self->reference_folder = g_build_filename (folder, "references", NULL);
  self->file_folder = g_build_filename (folder, "files", NULL);
  self->staging_folder = g_build_filename (folder, "staging", instance, NULL);
  return self;
}

void
bv_image_cache_free (BvImageCache *self)
{
  g_free (self->folder);
  g_free (self->shared_blob_folder);
  g_free (self->blob_folder);
  g_free (self->reference_folder);
  g_free (self->file_folder);
  g_free (self->staging_folder);
  g_free (self);
}

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The cache of images, %s, fails: %s."), path,
               g_strerror (errno));
  return FALSE;
}

gboolean
bv_image_cache_clear (const char *folder, const char *kept, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_str_equal (path, kept) && !bv_volume_folder_remove (path, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_image_cache_make (const BvImageCache *self, GError **error)
{
  const char *const folders[] = { self->blob_folder, self->reference_folder, self->file_folder,
                                  self->staging_folder };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (g_mkdir_with_parents (folders[i], 0700) != 0)
      return fail (folders[i], error);
  return g_chmod (self->folder, 0700) == 0 || fail (self->folder, error);
}

int
bv_image_cache_lock (const BvImageCache *self, gboolean exclusive, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  int result;

  if (fd < 0)
    {
      fail (path, error);
      return -1;
    }
  do
    result = flock (fd, exclusive ? LOCK_EX | LOCK_NB : LOCK_SH);
  while (result != 0 && errno == EINTR);
  if (result == 0)
    return fd;
  if (errno != EWOULDBLOCK)
    fail (path, error);
  close (fd);
  return -1;
}

char *
bv_image_cache_make_staging (const BvImageCache *self, GError **error)
{
  g_autofree char *folder = g_build_filename (self->staging_folder, "XXXXXX", NULL);

  if (g_mkdtemp (folder) != NULL)
    return g_steal_pointer (&folder);
  fail (self->staging_folder, error);
  return NULL;
}

static const char *
get_sum (const char *digest)
{
  return digest + strlen ("sha256:");
}

char *
bv_image_cache_build_blob_path (const BvImageCache *self, const char *digest)
{
  return g_build_filename (self->blob_folder, get_sum (digest), NULL);
}

/* A name may be longer than a file's may, and have slashes in it. */
static char *
build_reference_path (const BvImageCache *self, const char *name)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  return g_build_filename (self->reference_folder, sum, NULL);
}

char *
bv_image_cache_find (const BvImageCache *self, const char *name)
{
  g_autofree char *path = build_reference_path (self, name);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *stored = NULL;
  g_autofree char *digest = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return NULL;
  stored = g_key_file_get_string (file, GROUP, "name", NULL);
  digest = g_key_file_get_string (file, GROUP, "digest", NULL);
  if (g_strcmp0 (stored, name) != 0 || digest == NULL || !g_str_has_prefix (digest, "sha256:"))
    return NULL;
  return g_steal_pointer (&digest);
}

gboolean
bv_image_cache_record (const BvImageCache *self, const char *name, const char *digest,
                       GError **error)
{
  g_autofree char *path = build_reference_path (self, name);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;

  g_key_file_set_string (file, GROUP, "name", name);
  g_key_file_set_string (file, GROUP, "digest", digest);
  text = g_key_file_to_data (file, NULL, NULL);
  return g_file_set_contents_full (
      path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

void
bv_image_cache_touch (const BvImageCache *self, const char *name)
{
  g_autofree char *path = build_reference_path (self, name);

  /* Where it is gone, there is nothing to keep longer. */
  if (utimensat (AT_FDCWD, path, NULL, 0) != 0)
    return;
}

BvImageManifest *
bv_image_cache_read_manifest (const BvImageCache *self, const char *digest, GError **error)
{
  g_autofree char *path = bv_image_cache_build_blob_path (self, digest);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  return bv_image_manifest_new (text, "", error);
}

gboolean
bv_image_cache_has_blob (const BvImageCache *self, const BvImageBlob *blob)
{
  g_autofree char *path = bv_image_cache_build_blob_path (self, blob->digest);
  GStatBuf status;

  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) &&
         (guint64)status.st_size == blob->size;
}

gboolean
bv_image_cache_has_layers (const BvImageCache *self, const char *digest)
{
  g_autoptr (BvImageManifest) manifest = bv_image_cache_read_manifest (self, digest, NULL);

  if (manifest == NULL || manifest->layers == NULL)
    return FALSE;
  for (guint i = 0; i < manifest->layers->len; i++)
    if (!bv_image_cache_has_blob (self, g_ptr_array_index (manifest->layers, i)))
      return FALSE;
  return TRUE;
}

char *
bv_image_cache_build_file_path (const BvImageCache *self, const char *digest, const char *path,
                                const char *kind)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
  g_autofree char *name = g_strdup_printf ("%s-%s.%s", get_sum (digest), sum, kind);

  return g_build_filename (self->file_folder, name, NULL);
}

char *
bv_image_cache_find_file (const BvImageCache *self, const char *digest, const char *path,
                          const char *const *kinds, const char **kind)
{
  for (guint i = 0; kinds[i] != NULL; i++)
    {
      g_autofree char *file = bv_image_cache_build_file_path (self, digest, path, kinds[i]);

      if (!g_file_test (file, G_FILE_TEST_IS_REGULAR))
        continue;
      *kind = kinds[i];
      return g_steal_pointer (&file);
    }
  return NULL;
}
