/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How far work in a worker thread has come. Signals: "changed", in the main loop, and not at each
 * byte. All functions may be called from any thread. */
#define BV_TYPE_PROGRESS (bv_progress_get_type ())

G_DECLARE_FINAL_TYPE (BvProgress, bv_progress, BV, PROGRESS, GObject)

BvProgress *bv_progress_new (void);

/* STEP is a sentence without its full stop; DONE of TOTAL is how much of that step is done, in any
 * unit. TOTAL is 0 where that is not known. A NULL progress is one that nobody looks at. */
void bv_progress_set (BvProgress *self, const char *step, guint64 done, guint64 total);
char *bv_progress_dup_step (BvProgress *self);
double bv_progress_get_fraction (BvProgress *self);

G_END_DECLS
