/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gio/gio.h>

#include "host/image/bv-image-manifest.h"

G_BEGIN_DECLS

/* A layer's file, read as an archive while its digest is computed. */
typedef struct _BvImageLayer BvImageLayer;

BvImageLayer *bv_image_layer_open (const char *path, const BvImageBlob *blob, GError **error);
void bv_image_layer_free (BvImageLayer *self);

/* The next entry, which is the layer's; NULL at the end, and on error. */
struct archive_entry *bv_image_layer_next (BvImageLayer *self, GError **error);

/* The next part of the entry's contents, none with SIZE 0 at the end. */
gboolean bv_image_layer_read (BvImageLayer *self, const void **data, gsize *size, gint64 *offset,
                              GError **error);

/* How much of the file has been read, and what came out of it. */
guint64 bv_image_layer_get_position (BvImageLayer *self);
guint64 bv_image_layer_get_unpacked (BvImageLayer *self);

/* Reads what is left of the file; whether it has the digest that it should have. */
gboolean bv_image_layer_verify (BvImageLayer *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageLayer, bv_image_layer_free)

G_END_DECLS
