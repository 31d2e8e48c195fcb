/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes an ISO image of FILES (BvVolumeFile) at PATH, with Joliet, Rock Ridge and LABEL. The same
 * files and label give the same bytes. Blocks: for worker threads. */
gboolean bv_iso_image_make (GPtrArray *files, const char *label, const char *path, guint group,
                            GCancellable *cancellable, GError **error);

G_END_DECLS
