/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-collector.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

#define BLOCK 512
#define SUM_LENGTH 64

typedef struct
{
  char *path; /* of the record */
  char *name;
  char *sum;         /* of the image */
  GHashTable *blobs; /* the sums of what it is made of */
  gint64 used;
} Image;

typedef struct
{
  const BvImageCache *cache;
  GPtrArray *images; /* Image, the least lately used first */
  guint64 size;
} Collector;

static void
image_free (Image *self)
{
  g_free (self->path);
  g_free (self->name);
  g_free (self->sum);
  g_hash_table_unref (self->blobs);
  g_free (self);
}

static Image *
read_image (const BvImageCache *cache, const char *name)
{
  g_autofree char *path = g_build_filename (cache->reference_folder, name, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *digest = NULL;
  g_autoptr (BvImageManifest) manifest = NULL;
  GStatBuf status;
  Image *self;

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    digest = g_key_file_get_string (file, "image", "digest", NULL);
  if (digest == NULL || !g_str_has_prefix (digest, "sha256:") || g_stat (path, &status) != 0)
    return NULL;
  self = g_new0 (Image, 1);
  self->path = g_steal_pointer (&path);
  self->name = g_key_file_get_string (file, "image", "name", NULL);
  self->sum = g_strdup (digest + strlen ("sha256:"));
  self->used = status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
  self->blobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (self->blobs, g_strdup (self->sum));
  manifest = bv_image_cache_read_manifest (cache, digest, NULL);
  for (guint i = 0; manifest != NULL && manifest->layers != NULL && i < manifest->layers->len; i++)
    {
      const BvImageBlob *blob = g_ptr_array_index (manifest->layers, i);

      g_hash_table_add (self->blobs, g_strdup (blob->digest + strlen ("sha256:")));
    }
  return self;
}

static int
compare_use (gconstpointer a, gconstpointer b)
{
  const Image *const *first = a, *const *second = b;

  return ((*first)->used > (*second)->used) - ((*first)->used < (*second)->used);
}

static void
read_images (Collector *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->cache->reference_folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      Image *image = read_image (self->cache, name);

      if (image != NULL)
        g_ptr_array_add (self->images, image);
    }
  g_ptr_array_sort (self->images, compare_use);
}

/* The number of links of a file with more than its own is what its users hold it by. */
static gboolean
is_linked (const char *folder, const char *name, guint64 *size)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf status;

  if (g_lstat (path, &status) != 0)
    return FALSE;
  if (size != NULL)
    *size += (guint64)status.st_blocks * BLOCK;
  return status.st_nlink > 1;
}

static gboolean
is_of (const char *name, const char *sum)
{
  return strncmp (name, sum, SUM_LENGTH) == 0;
}

static gboolean
is_used (const Collector *self, const Image *image)
{
  g_autoptr (GDir) dir = g_dir_open (self->cache->file_folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_of (name, image->sum) && is_linked (self->cache->file_folder, name, NULL))
      return TRUE;
  return FALSE;
}

static gboolean
has_blob (const Collector *self, const char *sum)
{
  for (guint i = 0; i < self->images->len; i++)
    {
      const Image *image = g_ptr_array_index (self->images, i);

      if (g_hash_table_contains (image->blobs, sum))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_image (const Collector *self, const char *file)
{
  for (guint i = 0; i < self->images->len; i++)
    if (is_of (file, ((const Image *)g_ptr_array_index (self->images, i))->sum))
      return TRUE;
  return FALSE;
}

/* Removes from FOLDER what no image needs and nobody uses, and counts the rest. */
static void
sweep (Collector *self, const char *folder, gboolean (*is_needed) (const Collector *, const char *))
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      guint64 size = 0;

      if (is_linked (folder, name, &size) || is_needed (self, name))
        self->size += size;
      else if (g_unlink (path) != 0)
        g_warning ("%s cannot be removed from the cache of images.", path);
    }
}

static void
sweep_all (Collector *self)
{
  self->size = 0;
  sweep (self, self->cache->blob_folder, has_blob);
  sweep (self, self->cache->file_folder, has_image);
}

/* Lets the image go that was used least lately; FALSE when all are used. */
static gboolean
drop_one (Collector *self)
{
  for (guint i = 0; i < self->images->len; i++)
    {
      const Image *image = g_ptr_array_index (self->images, i);

      if (is_used (self, image))
        continue;
      g_unlink (image->path);
      g_ptr_array_remove_index (self->images, i);
      return TRUE;
    }
  return FALSE;
}

static void
image_info_free (BvImageInfo *self)
{
  g_free (self->name);
  g_free (self->digest);
  g_free (self);
}

static guint64
measure_blobs (const Collector *self, const Image *image)
{
  GHashTableIter iter;
  gpointer sum;
  guint64 size = 0;

  g_hash_table_iter_init (&iter, image->blobs);
  while (g_hash_table_iter_next (&iter, &sum, NULL))
    is_linked (self->cache->blob_folder, sum, &size);
  return size;
}

static guint64
measure_files (const Collector *self, const Image *image)
{
  g_autoptr (GDir) dir = g_dir_open (self->cache->file_folder, 0, NULL);
  guint64 size = 0;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_of (name, image->sum))
      is_linked (self->cache->file_folder, name, &size);
  return size;
}

static BvImageInfo *
describe (const Collector *self, const Image *image)
{
  BvImageInfo *info = g_new0 (BvImageInfo, 1);

  info->name = g_strdup (image->name);
  info->digest = g_strconcat ("sha256:", image->sum, NULL);
  info->size = measure_blobs (self, image) + measure_files (self, image);
  info->last_used = image->used;
  info->used = is_used (self, image);
  return info;
}

GPtrArray *
bv_image_collector_list (const BvImageCache *cache)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify)image_free);
  Collector self = { .cache = cache, .images = images };
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify)image_info_free);

  read_images (&self);
  for (guint i = 0; i < images->len; i++)
    g_ptr_array_add (infos, describe (&self, g_ptr_array_index (images, i)));
  return infos;
}

/* The names of those that went. */
static GStrv
drop_unused (Collector *self, const char *name)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < self->images->len;)
    {
      const Image *image = g_ptr_array_index (self->images, i);

      if ((name != NULL && g_strcmp0 (image->name, name) != 0) || is_used (self, image) ||
          g_unlink (image->path) != 0)
        {
          i++;
          continue;
        }
      g_strv_builder_add (names, image->name);
      g_ptr_array_remove_index (self->images, i);
    }
  return g_strv_builder_end (names);
}

GStrv
bv_image_collector_prune (const BvImageCache *cache, const char *name, guint64 *freed,
                          GError **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify)image_free);
  g_autoptr (GError) local = NULL;
  Collector self = { .cache = cache, .images = images };
  GStrv names;
  guint64 before;
  int lock = bv_image_cache_lock (cache, TRUE, &local);

  if (lock < 0)
    {
      if (local == NULL)
        g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                     _ ("An image is being pulled or unpacked. Try again when that is done."));
      else
        g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  read_images (&self);
  sweep_all (&self);
  before = self.size;
  names = drop_unused (&self, name);
  sweep_all (&self);
  *freed = before - MIN (before, self.size);
  close (lock);
  return names;
}

gboolean
bv_image_collector_run (const BvImageCache *cache, guint64 limit, GError **error)
{
  g_autoptr (GError) local = NULL;
  int lock = bv_image_cache_lock (cache, TRUE, &local);
  Collector self = { .cache = cache };

  if (lock < 0)
    {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self.images = g_ptr_array_new_with_free_func ((GDestroyNotify)image_free);
  read_images (&self);
  sweep_all (&self);
  while (self.size > limit && drop_one (&self))
    sweep_all (&self);
  g_ptr_array_unref (self.images);
  close (lock);
  return TRUE;
}
