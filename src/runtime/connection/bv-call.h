/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-link.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BvCallFunc:
 * @handle: a connection to libvirt
 * @data: what the caller of bv_connection_call_async() gave
 * @cancellable: (nullable): tells whether the result is still wanted
 * @error: return location
 *
 * Calls libvirt, in a worker thread. It sees nothing of the service's state but @data.
 *
 * Returns: (nullable): the result; %NULL with @error set is a failure
 */
typedef gpointer (*BvCallFunc) (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                GError **error);

/* A call of bv_connection_call_async() on its way: queued, in a worker thread, done. */
typedef struct _BvCall BvCall;
typedef void (*BvCallDone) (BvCall *call, gpointer user_data);

BvCall *bv_call_new (GTask *task, const char *vm_key, BvCallFunc func, gpointer data,
                     GDestroyNotify destroy, GDestroyNotify result_destroy);

void bv_call_start (BvCall *self, BvLink *link, GThreadPool *workers, BvCallDone done,
                    gpointer user_data);
void bv_call_return (BvCall *self);
void bv_call_return_error (BvCall *self, const GError *error);

const char *bv_call_get_vm_key (BvCall *self);
GCancellable *bv_call_get_cancellable (BvCall *self);
BvLink *bv_call_get_link (BvCall *self);
gboolean bv_call_was_unanswered (BvCall *self);

G_END_DECLS
