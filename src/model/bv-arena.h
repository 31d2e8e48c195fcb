/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory that is given out piece by piece and freed as a whole: a document's nodes and records live
 * in one. */
typedef struct _BvArena BvArena;

BvArena *bv_arena_new (void);
BvArena *bv_arena_ref (BvArena *self);
void bv_arena_unref (BvArena *self);
gpointer bv_arena_alloc (BvArena *self, gsize size);
char *bv_arena_strndup (BvArena *self, const char *text, gsize length);
char *bv_arena_strdup (BvArena *self, const char *text);
char *bv_arena_printf (BvArena *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvArena, bv_arena_unref)

G_END_DECLS
