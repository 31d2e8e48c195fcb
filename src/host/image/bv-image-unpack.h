/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/bv-progress.h"

G_BEGIN_DECLS

/* What is taken out of an image, and to where. */
typedef struct
{
  const char *blob_folder;
  GPtrArray *layers;        /* BvImageBlob, the lowest first */
  const char *const *paths; /* NULL: the one file in /disk */
  const char *folder;       /* of our own; what is left in it after an error is the caller's */
  guint64 limit;            /* bytes, of the files as the guest sees them and of all that is read */
  GCancellable *cancellable;
  BvProgress *progress;
  const char *step; /* for the progress */
} BvImageUnpacking;

/* Returns the paths of the files, in the order of what was wanted. Each layer must have its digest,
 * or nothing of the image is taken, and the layer that has not is removed. Blocks: for worker
 * threads. */
GStrv bv_image_unpack (const BvImageUnpacking *unpacking, GError **error);

G_END_DECLS
