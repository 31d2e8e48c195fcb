/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "runtime/store/bv-store-batch.h"

G_BEGIN_DECLS

/* What must outlive the service: one SQLite file in the state folder, which one service at a time
 * may use. Everything but opening it happens in a thread of its own, in the order of the calls. */
#define BV_TYPE_STORE (bv_store_get_type ())

G_DECLARE_FINAL_TYPE (BvStore, bv_store, BV, STORE, GObject)

BvStore *bv_store_new (const char *folder, GError **error);
GPtrArray *bv_store_load (BvStore *self, GError **error);
GPtrArray *bv_store_load_facts (BvStore *self, const char *topic, GError **error);

/* Takes BATCH. It is on disk, as a whole, when the call has finished; on error nothing of it is. */
void bv_store_write_async (BvStore *self, BvStoreBatch *batch, GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean bv_store_write_finish (BvStore *self, GAsyncResult *result, GError **error);

/* Waits for all that was written, and ends the thread; later writes fail. */
void bv_store_close (BvStore *self);

G_END_DECLS
