/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/bv-progress.h"
#include "host/image/bv-image-cache.h"
#include "host/image/bv-image-reference.h"

G_BEGIN_DECLS

/* How an image gets into the cache. */
typedef struct
{
  const BvImageCache *cache;
  const BvImageReference *reference;
  const char *architecture; /* amd64, for one */
  const char *credentials;  /* a file */
  gboolean insecure;        /* plain HTTP, or a certificate that nobody vouches for, will do */
  guint64 limit;            /* bytes of all layers */
  guint stall_seconds;      /* it is given up when nothing has come for so long */
  GCancellable *cancellable;
  BvProgress *progress;
} BvImagePull;

/* Returns the image's digest; all that it is made of is in the cache then. Whatever goes wrong, the
 * cache is as it was, but for layers that came whole. Blocks: for worker threads. */
char *bv_image_pull_run (const BvImagePull *pull, GError **error);

G_END_DECLS
