/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-store-batch.h"

G_BEGIN_DECLS

/* Stored objects with all that is known of them, as a text that goes to another host. */
char *bv_migration_bundle_write (GPtrArray *rows);
GPtrArray *bv_migration_bundle_read (const char *text, GError **error);
const BvStoreRow *bv_migration_bundle_find (GPtrArray *rows, const char *kind);

G_END_DECLS
