/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "runtime/store/bv-store-batch.h"

G_BEGIN_DECLS

/* The store's SQLite file itself; blocking, and of one thread at a time. */
typedef struct _BvStoreFile BvStoreFile;

BvStoreFile *bv_store_file_open (const char *folder, GError **error);
void bv_store_file_close (BvStoreFile *self);
GPtrArray *bv_store_file_load (BvStoreFile *self, GError **error);
GPtrArray *bv_store_file_load_facts (BvStoreFile *self, const char *topic, GError **error);

/* One transaction for all: each batch is in it as a whole or not at all, and what went wrong with
 * the i-th is in errors[i]. Returns when it is on disk; FALSE where none is. */
gboolean bv_store_file_write (BvStoreFile *self, GPtrArray *batches, GError **errors);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStoreFile, bv_store_file_close)

G_END_DECLS
