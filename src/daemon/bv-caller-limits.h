/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The calls of each caller that are not answered yet. While polkit is silent, or a thread is busy,
 * they would fill the memory: a caller has so many, and so many bytes of them, and no more. */
typedef struct _BvCallerLimits BvCallerLimits;

BvCallerLimits *bv_caller_limits_new (guint max_calls, gsize max_bytes);
void bv_caller_limits_free (BvCallerLimits *self);

/* Each call that was begun ends once. */
gboolean bv_caller_limits_begin (BvCallerLimits *self, const char *caller, gsize bytes,
                                 GError **error);
void bv_caller_limits_end (BvCallerLimits *self, const char *caller, gsize bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCallerLimits, bv_caller_limits_free)

G_END_DECLS
