/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/image/bv-image-manifest.h"

G_BEGIN_DECLS

/* The folder of images: what was pulled, by digest, and the files that were taken out of it. What
 * is in it under its name is whole. Those who use a file have a hard link to it elsewhere, and so
 * its number of links tells whether it is used, whatever became of the service meanwhile. */
typedef struct
{
  char *folder;
  char *shared_blob_folder; /* skopeo's */
  char *blob_folder;
  char *reference_folder;
  char *file_folder;
  char *staging_folder; /* this instance's own */
} BvImageCache;

BvImageCache *bv_image_cache_new (const char *folder);
void bv_image_cache_free (BvImageCache *self);

/* Removes from FOLDER, which need not be there, all but KEPT: what instances before this left. */
gboolean bv_image_cache_clear (const char *folder, const char *kept, GError **error);

/* Makes the folders. */
gboolean bv_image_cache_make (const BvImageCache *self, GError **error);

/* Who pulls, unpacks and links holds a shared lock, who collects the exclusive one, which is not
 * waited for: -1 without an error where it is taken. To be closed. */
int bv_image_cache_lock (const BvImageCache *self, gboolean exclusive, GError **error);

/* A folder of the caller's own, to be removed with bv_volume_folder_remove(). */
char *bv_image_cache_make_staging (const BvImageCache *self, GError **error);

char *bv_image_cache_build_blob_path (const BvImageCache *self, const char *digest);

/* The digest that the image of that name had when it was pulled last, or NULL. */
char *bv_image_cache_find (const BvImageCache *self, const char *name);
gboolean bv_image_cache_record (const BvImageCache *self, const char *name, const char *digest,
                                GError **error);

/* Those that were used last are collected last. */
void bv_image_cache_touch (const BvImageCache *self, const char *name);

BvImageManifest *bv_image_cache_read_manifest (const BvImageCache *self, const char *digest,
                                               GError **error);
gboolean bv_image_cache_has_blob (const BvImageCache *self, const BvImageBlob *blob);
gboolean bv_image_cache_has_layers (const BvImageCache *self, const char *digest);

/* What was taken out of an image: PATH is its name there, KIND what it is now (raw, for one). */
char *bv_image_cache_build_file_path (const BvImageCache *self, const char *digest,
                                      const char *path, const char *kind);
char *bv_image_cache_find_file (const BvImageCache *self, const char *digest, const char *path,
                                const char *const *kinds, const char **kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageCache, bv_image_cache_free)

G_END_DECLS
