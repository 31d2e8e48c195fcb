/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a file with a guest's disk in it is. */
typedef struct
{
  const char *format; /* raw or qcow2 */
  guint64 virtual_size;
} BvDiskImage;

/* Tells what PATH is. It may come from anybody, and so is looked at before any program is that
 * could follow what it says: one that names other files, that is of another format, or whose disk
 * is larger than LIMIT bytes (0: any), is refused. Blocks: for worker threads. */
gboolean bv_disk_image_check (const char *path, guint64 limit, GCancellable *cancellable,
                              BvDiskImage *image, GError **error);

G_END_DECLS
