/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A call in a while, once. A main loop goes through all of its sources in each turn, and so a
 * thousand guests with a few g_timeout_add () each would slow down all that it does. Of timers, it
 * sees one source, whatever their number. They belong to the thread that makes them, and to its
 * main loop.
 */
typedef struct _BvTimer BvTimer;
typedef void (*BvTimerFunc) (gpointer user_data);

BvTimer *bv_timer_new (guint milliseconds, BvTimerFunc func, gpointer user_data);
BvTimer *bv_timer_new_seconds (guint seconds, BvTimerFunc func, gpointer user_data);
void bv_timer_cancel (BvTimer *self);

G_END_DECLS
