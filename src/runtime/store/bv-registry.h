/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-entry.h"

G_BEGIN_DECLS

/* All stored objects: a table, and nothing but. Signals: "added (BvEntry)", "removed (BvEntry)". */
#define BV_TYPE_REGISTRY (bv_registry_get_type ())

G_DECLARE_FINAL_TYPE (BvRegistry, bv_registry, BV, REGISTRY, GObject)

BvRegistry *bv_registry_new (void);
void bv_registry_add (BvRegistry *self, BvEntry *entry);
void bv_registry_remove (BvRegistry *self, BvEntry *entry);
BvEntry *bv_registry_find (BvRegistry *self, const char *kind, const char *namespace,
                           const char *name);
BvEntry *bv_registry_find_uid (BvRegistry *self, const char *uid);
GPtrArray *bv_registry_list (BvRegistry *self);
GPtrArray *bv_registry_list_kind (BvRegistry *self, const char *kind);
/* Names that no new object may have, because an object of another host has them: WHY is a sentence.
 * A later word takes the place of an earlier one; only who gave it takes it back. */
void bv_registry_reserve (BvRegistry *self, const char *key, const char *who, const char *why);
void bv_registry_unreserve (BvRegistry *self, const char *who);
const char *bv_registry_get_reservation (BvRegistry *self, const char *key);
guint bv_registry_get_size (BvRegistry *self);

G_END_DECLS
