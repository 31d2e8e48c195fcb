/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/bv-remote-host.h"

G_BEGIN_DECLS

/* The barevirtd of another host. A connection is made when one is needed, and again when it is
 * lost. */
#define BV_TYPE_REMOTE (bv_remote_get_type ())

G_DECLARE_FINAL_TYPE (BvRemote, bv_remote, BV, REMOTE, GObject)

BvRemote *bv_remote_new (const BvRemoteHost *host);

/* Calls a method of org.barevirt1.Receiver there; takes PARAMETERS if they are floating. A call
 * that is not answered in time gives the connection up. */
void bv_remote_call_async (BvRemote *self, const char *method, GVariant *parameters,
                           const char *reply_type, guint seconds, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
GVariant *bv_remote_call_finish (BvRemote *self, GAsyncResult *result, GError **error);

/* Whether ERROR tells that the other service did not answer, rather than what it answered. */
gboolean bv_remote_is_unreachable (const GError *error);

G_END_DECLS
