/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Connects to a port of the guest at ADDRESS; for HTTP_GET (or NULL) it is asked for something, and
 * answers with a status from 200 to 399. */
void bv_probe_request_async (const char *address, guint16 port, const BvApiHTTPGetAction *http_get,
                             guint seconds, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean bv_probe_request_finish (GAsyncResult *result, GError **error);

/* The number that PORT is, or that one of the interfaces' ports of that name has; 0: there is none.
 */
guint16 bv_probe_find_port (const BvApiVirtualMachineInstanceSpec *spec, const char *port);

/* For the unit tests: what is sent, and what the first line of an answer tells: 0 is no answer. */
char *bv_probe_make_request (const BvApiHTTPGetAction *http_get, const char *address, guint16 port);
guint bv_probe_read_status (const char *line);

G_END_DECLS
