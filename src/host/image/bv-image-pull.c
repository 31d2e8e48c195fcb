/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-pull.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/bv-program.h"
#include "host/image/bv-skopeo-error.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

/* Slow lines may take days; that nothing comes at all is noticed sooner. */
#define LONGEST_SECONDS (7 * 24 * 3600)

typedef struct
{
  const BvImagePull *how;
  char *staging; /* skopeo's home */
  char *layout;
  char *temporary;
  GPtrArray *missing; /* BvImageBlob, borrowed: layers that are to come */
  guint64 total;      /* bytes of them; 0: not known */
  guint64 seen;
  gint64 seen_time;
  char *step;
} Puller;

static void
puller_clear (Puller *self)
{
  g_free (self->staging);
  g_free (self->layout);
  g_free (self->temporary);
  g_clear_pointer (&self->missing, g_ptr_array_unref);
  g_free (self->step);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Puller, puller_clear)

static guint64
get_size (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf status;

  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) ? (guint64)status.st_size : 0;
}

/* What skopeo is writing, and what of it is in its place already. */
static guint64
measure (const Puller *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->layout, 0, NULL);
  const char *name;
  guint64 size = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    size += get_size (self->layout, name);
  for (guint i = 0; self->missing != NULL && i < self->missing->len; i++)
    {
      const BvImageBlob *blob = g_ptr_array_index (self->missing, i);

      size += get_size (self->how->cache->blob_folder, blob->digest + strlen ("sha256:"));
    }
  return size;
}

static gboolean
check_limit (const Puller *self, guint64 size, GError **error)
{
  if (size <= self->how->limit)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("It has more than %" G_GUINT64_FORMAT " bytes, which disk-bytes= in [images] of "
                  "barevirt.conf allows."),
               self->how->limit);
  return FALSE;
}

static gboolean
bv_image_pull_tick_cb (gpointer user_data, GError **error)
{
  Puller *self = user_data;
  guint64 size = measure (self);
  gint64 now = g_get_monotonic_time ();

  bv_progress_set (self->how->progress, self->step, size, self->total);
  if (size != self->seen)
    {
      self->seen = size;
      self->seen_time = now;
    }
  /* Archives are read for a while before anything is written. */
  if (self->how->reference->transport == BV_IMAGE_REGISTRY &&
      now - self->seen_time > self->how->stall_seconds * G_USEC_PER_SEC)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_TIMED_OUT,
                   _ ("Nothing has come for %u seconds; the registry or the way to it hangs."),
                   self->how->stall_seconds);
      return FALSE;
    }
  return check_limit (self, size, error);
}

static gboolean
run_skopeo (Puller *self, const char *const *arguments, char **output, GError **error)
{
  const char *const environment[] = {
    "HOME",        self->staging, "XDG_CONFIG_HOME", self->staging,   "XDG_RUNTIME_DIR",
    self->staging, "TMPDIR",      self->temporary,   "DOCKER_CONFIG", self->staging,
    NULL
  };
  const BvProgram program = { .arguments = arguments,
                              .environment = environment,
                              .seconds = LONGEST_SECONDS,
                              .tick = bv_image_pull_tick_cb,
                              .tick_data = self };
  g_autoptr (GError) local = NULL;

  self->seen_time = g_get_monotonic_time ();
  if (bv_program_run_full (&program, output, self->how->cancellable, &local))
    return TRUE;
  bv_skopeo_error_propagate (error, g_steal_pointer (&local));
  return FALSE;
}

/* The text that the registry has under that digest, or the one that the name stands for. */
static char *
inspect (Puller *self, const char *digest, char **found, GError **error)
{
  g_autofree char *source = bv_image_reference_build_source (self->how->reference, digest);
  g_autofree char *verify =
      g_strdup_printf ("--tls-verify=%s", self->how->insecure ? "false" : "true");
  const char *const arguments[] = { "skopeo", "inspect",    "--raw",
                                    verify,   "--authfile", self->how->credentials,
                                    source,   NULL };
  const char *wanted = digest != NULL ? digest : self->how->reference->digest;
  g_autofree char *text = NULL;

  if (!run_skopeo (self, arguments, &text, error))
    return NULL;
  *found = bv_image_manifest_compute_digest (text);
  if (wanted == NULL || g_str_equal (wanted, *found))
    return g_steal_pointer (&text);
  g_clear_pointer (found, g_free);
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("The registry sent something else under the digest %s."), wanted);
  return NULL;
}

static gboolean
copy (Puller *self, const char *source, GError **error)
{
  g_autofree char *target = g_strconcat ("oci:", self->layout, ":image", NULL);
  g_autofree char *verify =
      g_strdup_printf ("--src-tls-verify=%s", self->how->insecure ? "false" : "true");
  const char *const arguments[] = { "skopeo",
                                    "--override-os",
                                    "linux",
                                    "--override-arch",
                                    self->how->architecture,
                                    "copy",
                                    "--quiet",
                                    verify,
                                    "--authfile",
                                    self->how->credentials,
                                    "--dest-oci-accept-uncompressed-layers",
                                    "--dest-shared-blob-dir",
                                    self->how->cache->shared_blob_folder,
                                    source,
                                    target,
                                    NULL };

  return run_skopeo (self, arguments, NULL, error);
}

static gboolean
check_missing (const Puller *self, GError **error)
{
  for (guint i = 0; i < self->missing->len; i++)
    {
      const BvImageBlob *blob = g_ptr_array_index (self->missing, i);

      if (bv_image_cache_has_blob (self->how->cache, blob))
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                   _ ("Its layer %s did not come, or is not as long as it should be."),
                   blob->digest);
      return FALSE;
    }
  return TRUE;
}

/* Layers of another size than theirs are none, and would not be pulled anew. */
static void
find_missing (Puller *self, const BvImageManifest *manifest)
{
  self->missing = g_ptr_array_new ();
  for (guint i = 0; i < manifest->layers->len; i++)
    {
      BvImageBlob *blob = g_ptr_array_index (manifest->layers, i);
      g_autofree char *path = bv_image_cache_build_blob_path (self->how->cache, blob->digest);

      if (bv_image_cache_has_blob (self->how->cache, blob))
        continue;
      g_unlink (path);
      g_ptr_array_add (self->missing, blob);
      self->total += blob->size;
    }
}

static gboolean
pull_layers (Puller *self, const char *digest, const char *text, const BvImageManifest *manifest,
             GError **error)
{
  g_autofree char *source = bv_image_reference_build_source (self->how->reference, digest);
  g_autofree char *path = bv_image_cache_build_blob_path (self->how->cache, digest);
  g_autofree char *verified = NULL;
  gboolean good;

  if (!check_limit (self, bv_image_manifest_get_size (manifest), error))
    return FALSE;
  find_missing (self, manifest);
  good = (self->missing->len == 0 || copy (self, source, error)) && check_missing (self, error);
  g_clear_pointer (&self->missing, g_ptr_array_unref);
  return good &&
         g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static char *
pull_from_registry (Puller *self, GError **error)
{
  g_autofree char *digest = NULL;
  g_autofree char *text = inspect (self, NULL, &digest, error);
  g_autoptr (BvImageManifest) manifest = NULL;

  if (text == NULL)
    return NULL;
  manifest = bv_image_manifest_new (text, self->how->architecture, error);
  if (manifest != NULL && manifest->instance != NULL)
    {
      g_autofree char *instance = g_steal_pointer (&manifest->instance);

      g_clear_pointer (&manifest, bv_image_manifest_free);
      g_clear_pointer (&text, g_free);
      g_clear_pointer (&digest, g_free);
      text = inspect (self, instance, &digest, error);
      if (text != NULL)
        manifest = bv_image_manifest_new (text, self->how->architecture, error);
    }
  if (manifest == NULL)
    return NULL;
  if (manifest->layers == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                   _ ("It is a list of lists of images."));
      return NULL;
    }
  return pull_layers (self, digest, text, manifest, error) ? g_steal_pointer (&digest) : NULL;
}

/* skopeo makes the manifest; it is among the blobs like the layers. */
static char *
pull_from_archive (Puller *self, GError **error)
{
  g_autofree char *source = bv_image_reference_build_source (self->how->reference, NULL);
  g_autofree char *index = g_build_filename (self->layout, "index.json", NULL);
  g_autofree char *text = NULL;
  g_autofree char *digest = NULL;

  if (!copy (self, source, error) || !g_file_get_contents (index, &text, NULL, error))
    return NULL;
  digest = bv_image_manifest_read_index (text, error);
  if (digest == NULL || bv_image_cache_has_layers (self->how->cache, digest))
    return g_steal_pointer (&digest);
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("Its layers are not all there, or not as long as they should be."));
  return NULL;
}

static char *
pull_in (Puller *self, GError **error)
{
  g_autofree char *digest = NULL;

  if (g_mkdir (self->layout, 0700) != 0 || g_mkdir (self->temporary, 0700) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No folder can be made in %s."),
                   self->staging);
      return NULL;
    }
  digest = self->how->reference->transport == BV_IMAGE_REGISTRY ? pull_from_registry (self, error)
                                                                : pull_from_archive (self, error);
  if (digest == NULL ||
      !bv_image_cache_record (self->how->cache, self->how->reference->name, digest, error))
    return NULL;
  return g_steal_pointer (&digest);
}

char *
bv_image_pull_run (const BvImagePull *pull, GError **error)
{
  g_auto (Puller) self = { .how = pull };
  g_autofree char *digest = NULL;

  self.staging = bv_image_cache_make_staging (pull->cache, error);
  if (self.staging == NULL)
    return NULL;
  self.layout = g_build_filename (self.staging, "layout", NULL);
  self.temporary = g_build_filename (self.staging, "tmp", NULL);
  self.step = g_strdup_printf (_ ("Pulling the image %s"), pull->reference->name);
  bv_progress_set (pull->progress, self.step, 0, 0);
  digest = pull_in (&self, error);
  if (!bv_volume_folder_remove (self.staging, digest != NULL ? error : NULL))
    return NULL;
  return g_steal_pointer (&digest);
}
