/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-progress.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether the file is compressed: with gzip, xz or zstd. */
gboolean bv_decompress_is_needed (const char *path);

/* Writes what PATH holds, which is compressed, to UNPACKED; no more than MOST bytes. Blocks: for
 * worker threads. */
gboolean bv_decompress (const char *path, const char *unpacked, guint64 most, BvProgress *progress,
                        GCancellable *cancellable, GError **error);

G_END_DECLS
