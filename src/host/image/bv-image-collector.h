/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/image/bv-image-cache.h"

G_BEGIN_DECLS

/* Removes what no name stands for any more, and then images that nobody uses, those first that were
 * used least lately, until the cache takes no more than LIMIT bytes. Does nothing while anybody
 * pulls or unpacks: who is last collects. */
gboolean bv_image_collector_run (const BvImageCache *cache, guint64 limit, GError **error);

G_END_DECLS
