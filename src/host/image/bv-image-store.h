/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/bv-config.h"
#include "host/bv-progress.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Container images on this host: pulled, kept, and taken apart. All functions but those that count
 * references block: they are for worker threads, any number of which may ask at the same time. */
typedef struct _BvImageStore BvImageStore;

/* Which image is wanted. */
typedef struct
{
  const char *reference;          /* its name, as a manifest has it */
  const char *policy;             /* Always, IfNotPresent or Never; NULL: by Kubernetes' rule */
  const BvApiSecret *pull_secret; /* or NULL */
  const char *architecture;       /* of the image: amd64, for one */
  guint group;                    /* who may read what is taken out of it, or BV_NO_GROUP */
} BvImageRequest;

BvImageStore *bv_image_store_new (BvConfig *config, const char *runtime_directory,
                                  const char *state_directory);
BvImageStore *bv_image_store_ref (BvImageStore *self);
void bv_image_store_unref (BvImageStore *self);

/* Removes what a service that was killed left behind, and collects. */
void bv_image_store_tidy (BvImageStore *self);

/* Makes TARGET a hard link to the disk that is at PATH in the image; NULL: to the one that is in
 * /disk. It is read-only, holds all of its data, and lasts until TARGET is removed, which has to be
 * on the file system of the state folder. DIGEST and FORMAT, which may be NULL, tell what it is. */
gboolean bv_image_store_get_disk (BvImageStore *self, const BvImageRequest *request,
                                  const char *path, const char *target, GCancellable *cancellable,
                                  BvProgress *progress, char **digest, char **format,
                                  GError **error);

/* The same for any file, of which TARGET becomes a copy: libvirt gives a kernel to QEMU's user. */
gboolean bv_image_store_get_file (BvImageStore *self, const BvImageRequest *request,
                                  const char *path, const char *target, GCancellable *cancellable,
                                  BvProgress *progress, GError **error);

/* The images that are kept, as BvImageInfo. */
GPtrArray *bv_image_store_list (BvImageStore *self);

/* Lets go of all that nobody uses, or of the one called NAME, and tells which went. */
GStrv bv_image_store_prune (BvImageStore *self, const char *name, guint64 *freed, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageStore, bv_image_store_unref)

G_END_DECLS
