/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object.h"
#include "runtime/store/bv-store-batch.h"

G_BEGIN_DECLS

/* A stored object as the service knows it. Signals: "changed", "removed". */
#define BV_TYPE_ENTRY (bv_entry_get_type ())

G_DECLARE_FINAL_TYPE (BvEntry, bv_entry, BV, ENTRY, GObject)

BvEntry *bv_entry_new (BvObject *object, const char *applied, const char *owner);
BvEntry *bv_entry_new_from_row (const BvStoreRow *row, GError **error);
BvStoreRow *bv_entry_to_row (BvEntry *self, const char *status);

char *bv_entry_make_key (const char *kind, const char *namespace, const char *name);
const char *bv_entry_get_key (BvEntry *self);
BvObject *bv_entry_get_object (BvEntry *self);
const char *bv_entry_get_applied (BvEntry *self);
BvObject *bv_entry_parse_applied (BvEntry *self);
const char *bv_entry_get_owner (BvEntry *self);
gint64 bv_entry_get_generation (BvEntry *self);
gint64 bv_entry_get_created (BvEntry *self);
gint64 bv_entry_get_deleted (BvEntry *self);
gboolean bv_entry_is_removed (BvEntry *self);
char *bv_entry_describe (BvEntry *self);

/* What keeps the object alive: a BvVmiRuntime or BvVmRuntime; NULL for other kinds. */
gpointer bv_entry_get_runtime (BvEntry *self);
void bv_entry_set_runtime (BvEntry *self, gpointer runtime);

/* An object of the same name is stored in its place: with the uid, and one generation on. */
BvEntry *bv_entry_new_successor (BvEntry *self, BvObject *object, const char *applied);
void bv_entry_become (BvEntry *self, BvEntry *successor);
void bv_entry_mark_deleted (BvEntry *self);
void bv_entry_mark_removed (BvEntry *self);

G_END_DECLS
