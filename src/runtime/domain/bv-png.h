/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

gboolean bv_png_is (const guint8 *data, gsize size);
gboolean bv_png_write_ppm (FILE *file, const guint8 *data, gsize size, GError **error);

G_END_DECLS
