/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Threads for calls that block. GTask's own are ten, shared with all of GIO: a few hung calls would
 * stall files too. How many run at a time is for the lanes to say.
 */
typedef void (*BvWorkerFunc) (gpointer data);
typedef void (*BvTaskFunc) (GTask *task);

GThreadPool *bv_worker_pool_new (void);
GThreadPool *bv_worker_pool_new_small (void);
void bv_worker_push (GThreadPool *pool, BvWorkerFunc func, gpointer data);
void bv_worker_push_task (GThreadPool *pool, BvTaskFunc func, GTask *task);

G_END_DECLS
