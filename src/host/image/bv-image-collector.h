/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/image/bv-image-cache.h"

G_BEGIN_DECLS

/* Removes what no name stands for any more, and then images that nobody uses, those first that were
 * used least lately, until the cache takes no more than LIMIT bytes. Does nothing while anybody
 * pulls or unpacks: who is last collects. */
gboolean bv_image_collector_run (const BvImageCache *cache, guint64 limit, GError **error);

/* An image of the cache. */
typedef struct
{
  char *name;
  char *digest;
  guint64 size;     /* bytes on the disk; others may share some of them */
  gint64 last_used; /* microseconds since 1970 */
  gboolean used;    /* by a VMI, now */
} BvImageInfo;

/* Those of CACHE, the least lately used first. */
GPtrArray *bv_image_collector_list (const BvImageCache *cache);

/* Lets go of all images that nobody uses, or of the one called NAME, and removes what they alone
 * needed. Returns the names of those that went; FREED gets the bytes. BV_ERROR_BUSY while anybody
 * pulls or unpacks. */
GStrv bv_image_collector_prune (const BvImageCache *cache, const char *name, guint64 *freed,
                                GError **error);

G_END_DECLS
