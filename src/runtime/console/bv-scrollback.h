/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The last bytes of a stream. Each byte has a position, counted from the stream's beginning; a
 * reader that is too slow finds the bytes at its position gone and goes on at the oldest that there
 * are.
 */
typedef struct _BvScrollback BvScrollback;

BvScrollback *bv_scrollback_new (gsize size);
void bv_scrollback_free (BvScrollback *self);
void bv_scrollback_append (BvScrollback *self, const char *data, gsize length);
guint64 bv_scrollback_get_end (BvScrollback *self);
gsize bv_scrollback_peek (BvScrollback *self, guint64 *position, const char **data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvScrollback, bv_scrollback_free)

G_END_DECLS
