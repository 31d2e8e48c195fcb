/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-entry.h"

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
guint bv_registry_get_size (BvRegistry *self);

G_END_DECLS
