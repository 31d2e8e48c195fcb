/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file that is written from its begin to its end, leaves out what is zero, and takes no more than
 * it may: what comes beyond is BV_ERROR_INVALID_ARGUMENT, a full disk is not. For worker threads.
 */
typedef struct _BvSparseFile BvSparseFile;

BvSparseFile *bv_sparse_file_new (const char *path, guint64 most, GError **error);
/* NULL: no checksum is made of what is written. */
void bv_sparse_file_set_checksum (BvSparseFile *self, GChecksum *checksum);
gboolean bv_sparse_file_write (BvSparseFile *self, gconstpointer data, gsize size, GError **error);
guint64 bv_sparse_file_get_size (const BvSparseFile *self);
/* Gives it its size; what fails shows here, and not in bv_sparse_file_free(). */
gboolean bv_sparse_file_close (BvSparseFile *self, GError **error);
void bv_sparse_file_free (BvSparseFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvSparseFile, bv_sparse_file_free)

G_END_DECLS
