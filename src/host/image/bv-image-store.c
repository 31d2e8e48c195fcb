/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-disk-image.h"
#include "host/bv-safe-path.h"
#include "host/image/bv-image-collector.h"
#include "host/image/bv-image-credentials.h"
#include "host/image/bv-image-pull.h"
#include "host/image/bv-image-unpack.h"
#include "host/image/bv-single-flight.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

struct _BvImageStore
{
  gatomicrefcount ref_count;
  BvConfig *config;
  BvImageCache *cache;
  char *credential_folder;
  BvSingleFlight *flights;
};

/* One request under way. */
typedef struct
{
  BvImageStore *store;
  const BvImageRequest *request;
  BvImageReference *reference;
  char *credentials; /* text */
  const char *path;  /* in the image, or NULL */
  const char *const *kinds;
  GCancellable *cancellable;
  BvProgress *progress;
  char *digest;
} Job;

/* What a file out of an image can be in the cache. */
static const char *const disk_kinds[] = { "raw", "qcow2", NULL };
static const char *const file_kinds[] = { "file", NULL };

/* In place of a path, for the one disk in /disk. */
#define ANY_DISK "/disk/"

static void
job_clear (Job *self)
{
  g_clear_pointer (&self->reference, bv_image_reference_free);
  bv_image_credentials_free (self->credentials);
  g_free (self->digest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

BvImageStore *
bv_image_store_new (BvConfig *config, const char *runtime_directory, const char *state_directory)
{
  BvImageStore *self = g_new0 (BvImageStore, 1);
  g_autofree char *folder = g_build_filename (state_directory, "image-cache", NULL);
  g_autofree char *instance = g_uuid_string_random ();

  g_atomic_ref_count_init (&self->ref_count);
  self->config = bv_config_ref (config);
  self->cache = bv_image_cache_new (folder);
  self->credential_folder =
      g_build_filename (runtime_directory, "registry-credentials", instance, NULL);
  self->flights = bv_single_flight_new ();
  return self;
}

BvImageStore *
bv_image_store_ref (BvImageStore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
bv_image_store_unref (BvImageStore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  bv_single_flight_free (self->flights);
  bv_image_cache_free (self->cache);
  bv_config_unref (self->config);
  g_free (self->credential_folder);
  g_free (self);
}

static void
collect (BvImageStore *self)
{
  guint64 limit = bv_config_get_integer (self->config, "images", "cache-bytes");
  g_autoptr (GError) error = NULL;

  if (!bv_image_collector_run (self->cache, limit, &error))
    g_warning ("%s", error->message);
}

static void
clear_siblings (const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autoptr (GError) error = NULL;

  if (!bv_image_cache_clear (parent, folder, &error))
    g_warning ("%s", error->message);
}

void
bv_image_store_tidy (BvImageStore *self)
{
  clear_siblings (self->credential_folder);
  clear_siblings (self->cache->staging_folder);
  if (g_file_test (self->cache->folder, G_FILE_TEST_IS_DIR))
    collect (self);
}

GPtrArray *
bv_image_store_list (BvImageStore *self)
{
  return bv_image_collector_list (self->cache);
}

GStrv
bv_image_store_prune (BvImageStore *self, const char *name, guint64 *freed, GError **error)
{
  *freed = 0;
  /* Nothing was pulled yet. */
  if (!g_file_test (self->cache->folder, G_FILE_TEST_IS_DIR))
    return g_new0 (char *, 1);
  return bv_image_collector_prune (self->cache, name, freed, error);
}

/* Pulling. */

static char *
write_credentials (const Job *job, GError **error)
{
  const char *folder = job->store->credential_folder;
  g_autofree char *path = g_build_filename (folder, "XXXXXX", NULL);
  gsize length = strlen (job->credentials);
  int fd = -1;
  gboolean good;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    fd = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, 0600);
  good = fd >= 0 && write (fd, job->credentials, length) == (gssize)length;
  if (good && close (fd) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The credentials for the registry cannot be written below %s: %s."), folder,
               g_strerror (errno));
  if (!good && fd >= 0)
    close (fd);
  if (fd >= 0)
    g_unlink (path);
  return NULL;
}

static char *
pull_in_flight (gpointer user_data, GCancellable *cancellable, GError **error)
{
  const Job *job = user_data;
  const BvConfig *config = job->store->config;
  g_autofree char *credentials = write_credentials (job, error);
  BvImagePull pull = {
    .cache = job->store->cache,
    .reference = job->reference,
    .architecture = job->request->architecture,
    .credentials = credentials,
    .limit = bv_config_get_integer (config, "images", "disk-bytes"),
    .stall_seconds = bv_config_get_integer (config, "images", "stall-seconds"),
    .cancellable = cancellable,
    .progress = job->progress,
  };
  char *digest;

  if (credentials == NULL)
    return NULL;
  pull.insecure = bv_image_reference_is_loopback (job->reference) ||
                  (job->reference->host != NULL &&
                   bv_config_is_registry_insecure (config, job->reference->host));
  digest = bv_image_pull_run (&pull, error);
  g_unlink (credentials);
  return digest;
}

/* Those who come with other credentials do not get what these were good for. */
static char *
pull (Job *job, GError **error)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, job->credentials, -1);
  g_autofree char *key =
      g_strdup_printf ("pull %s %s %s", sum, job->request->architecture, job->reference->name);
  g_autofree char *step = g_strdup_printf (_ ("Waiting for the image %s"), job->reference->name);

  bv_progress_set (job->progress, step, 0, 0);
  return bv_single_flight_run (job->store->flights, key, job->cancellable, pull_in_flight, job,
                               error);
}

/* Archives are opened as host disks are: nothing outside of the folders that are allowed. */
static gboolean
check_archive (const Job *job, GError **error)
{
  const char *const *folders = bv_config_get_strings (job->store->config, "images", "folders");
  g_autoptr (GError) local = NULL;
  int fd;

  if (job->reference->transport == BV_IMAGE_REGISTRY)
    return TRUE;
  fd = bv_safe_path_open (job->reference->path, folders, O_PATH, 0, &local);
  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  if (errno == EACCES)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("%s is not in a folder that barevirt.conf allows for images. Add its folder to "
                    "folders= in [images], or use another."),
                 job->reference->path);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static const char *
get_path_key (const Job *job)
{
  return job->path != NULL ? job->path : ANY_DISK;
}

/* Whether the file can be had without pulling. */
static gboolean
is_usable (const Job *job, const char *digest)
{
  const char *kind;
  g_autofree char *file =
      bv_image_cache_find_file (job->store->cache, digest, get_path_key (job), job->kinds, &kind);

  return file != NULL || bv_image_cache_has_layers (job->store->cache, digest);
}

static gboolean
settle_digest (Job *job, GError **error)
{
  const char *policy = job->request->policy;
  const char *name = job->reference->name;
  g_autofree char *found = bv_image_cache_find (job->store->cache, name);

  if (policy == NULL || policy[0] == '\0')
    policy = bv_image_reference_get_default_policy (job->reference);
  if (!g_str_equal (policy, "Always") && found != NULL && is_usable (job, found))
    job->digest = g_steal_pointer (&found);
  else if (g_str_equal (policy, "Never"))
    g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                 _ ("It is not in the cache of this host, and its pull policy is Never."));
  else
    job->digest = pull (job, error);
  if (job->digest != NULL)
    bv_image_cache_touch (job->store->cache, name);
  return job->digest != NULL;
}

/* Unpacking. */

static const char *
find_kind (const Job *job, const char *made, guint64 limit, GError **error)
{
  BvDiskImage image;

  if (job->kinds == file_kinds)
    return file_kinds[0];
  if (!bv_disk_image_check (made, limit, job->cancellable, &image, error))
    return NULL;
  return image.format;
}

static char *
unpack_into (const Job *job, const char *folder, GError **error)
{
  const BvImageCache *cache = job->store->cache;
  g_autoptr (BvImageManifest) manifest = bv_image_cache_read_manifest (cache, job->digest, error);
  g_autofree char *step = g_strdup_printf (_ ("Unpacking the image %s"), job->reference->name);
  const char *const paths[] = { job->path, NULL };
  BvImageUnpacking unpacking = {
    .blob_folder = cache->blob_folder,
    .paths = job->path != NULL ? paths : NULL,
    .folder = folder,
    .limit = bv_config_get_integer (job->store->config, "images", "disk-bytes"),
    .cancellable = job->cancellable,
    .progress = job->progress,
    .step = step,
  };
  g_auto (GStrv) files = NULL;
  g_autofree char *target = NULL;
  const char *kind;

  if (manifest == NULL)
    return NULL;
  unpacking.layers = manifest->layers;
  files = bv_image_unpack (&unpacking, error);
  if (files == NULL)
    return NULL;
  kind = find_kind (job, files[0], unpacking.limit, error);
  if (kind == NULL)
    return NULL;
  target = bv_image_cache_build_file_path (cache, job->digest, get_path_key (job), kind);
  return bv_volume_folder_publish (files[0], target, 0440, BV_NO_GROUP, error)
             ? g_steal_pointer (&target)
             : NULL;
}

static char *
unpack_in_flight (gpointer user_data, GCancellable *cancellable, GError **error)
{
  const Job *job = user_data;
  const char *kind;
  char *found = bv_image_cache_find_file (job->store->cache, job->digest, get_path_key (job),
                                          job->kinds, &kind);
  g_autofree char *staging = NULL;

  if (found != NULL)
    return found;
  staging = bv_image_cache_make_staging (job->store->cache, error);
  if (staging == NULL)
    return NULL;
  found = unpack_into (job, staging, error);
  if (bv_volume_folder_remove (staging, found != NULL ? error : NULL))
    return found;
  g_free (found);
  return NULL;
}

static char *
unpack (Job *job, GError **error)
{
  g_autofree char *key =
      g_strdup_printf ("unpack %s %s %s", job->kinds[0], job->digest, get_path_key (job));

  return bv_single_flight_run (job->store->flights, key, job->cancellable, unpack_in_flight, job,
                               error);
}

/* All of it. */

static gboolean
link_file (const Job *job, const char *file, const char *target, GError **error)
{
  guint group = job->request->group;

  if ((g_unlink (target) == 0 || errno == ENOENT) &&
      (group == BV_NO_GROUP || chown (file, -1, group) == 0) && link (file, target) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("It cannot be linked from the cache to %s: %s. Both must be on one file system."),
               target, g_strerror (errno));
  return FALSE;
}

static gboolean
copy_file (const Job *job, const char *file, const char *target, GError **error)
{
  g_autofree char *made = g_strconcat (target, ".new", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (file);
  g_autoptr (GFile) to = g_file_new_for_path (made);
  g_autoptr (GError) local = NULL;

  if (g_file_copy (from, to, G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS,
                   job->cancellable, NULL, NULL, &local))
    return bv_volume_folder_publish (made, target, 0440, job->request->group, error);
  g_unlink (made);
  g_set_error (error, BV_ERROR,
               g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? BV_ERROR_CANCELLED
                                                                         : BV_ERROR_FAILED,
               _ ("It cannot be copied from the cache to %s: %s"), target, local->message);
  return FALSE;
}

static gboolean
place_file (const Job *job, const char *file, const char *target, GError **error)
{
  return job->kinds == file_kinds ? copy_file (job, file, target, error)
                                  : link_file (job, file, target, error);
}

static gboolean
get_locked (Job *job, const char *target, char **kind, GError **error)
{
  g_autofree char *file = NULL;
  const char *dot;

  if (!check_archive (job, error) || !settle_digest (job, error))
    return FALSE;
  file = unpack (job, error);
  if (file == NULL || !place_file (job, file, target, error))
    return FALSE;
  dot = strrchr (file, '.');
  if (kind != NULL)
    *kind = g_strdup (dot + 1);
  return TRUE;
}

/* Whatever is the matter with an image, a later try may find it good; but for what only the
 * manifest or the settings can change. */
static int
get_code (const GError *error)
{
  if (g_error_matches (error, BV_ERROR, BV_ERROR_CANCELLED) ||
      g_error_matches (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE))
    return error->code;
  return BV_ERROR_IMAGE_UNAVAILABLE;
}

static gboolean
get (Job *job, const char *target, char **kind, GError **error)
{
  BvImageStore *store = job->store;
  g_autoptr (GError) local = NULL;
  gboolean good;
  int lock;

  job->reference = bv_image_reference_new (job->request->reference, error);
  if (job->reference == NULL)
    return FALSE;
  job->credentials = bv_image_credentials_new (job->request->pull_secret, error);
  if (job->credentials == NULL || !bv_image_cache_make (store->cache, error))
    return FALSE;
  lock = bv_image_cache_lock (store->cache, FALSE, error);
  if (lock < 0)
    return FALSE;
  good = get_locked (job, target, kind, &local);
  close (lock);
  collect (store);
  if (good)
    return TRUE;
  g_set_error (error, BV_ERROR, get_code (local), _ ("The image %s: %s"), job->reference->name,
               local->message);
  return FALSE;
}

gboolean
bv_image_store_get_disk (BvImageStore *self, const BvImageRequest *request, const char *path,
                         const char *target, GCancellable *cancellable, BvProgress *progress,
                         char **digest, char **format, GError **error)
{
  g_auto (Job) job = { .store = self,
                       .request = request,
                       .path = path != NULL && path[0] != '\0' ? path : NULL,
                       .kinds = disk_kinds,
                       .cancellable = cancellable,
                       .progress = progress };

  if (!get (&job, target, format, error))
    return FALSE;
  if (digest != NULL)
    *digest = g_steal_pointer (&job.digest);
  return TRUE;
}

gboolean
bv_image_store_get_file (BvImageStore *self, const BvImageRequest *request, const char *path,
                         const char *target, GCancellable *cancellable, BvProgress *progress,
                         GError **error)
{
  g_auto (Job) job = { .store = self,
                       .request = request,
                       .path = path,
                       .kinds = file_kinds,
                       .cancellable = cancellable,
                       .progress = progress };

  return get (&job, target, NULL, error);
}
