/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The system bus of another host by ssh: it runs systemd-stdio-bridge there, whose standard input
 * and output are the bus. */
gboolean bv_ssh_bridge_is_address (const char *address);

void bv_ssh_bridge_open_async (const char *address, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GDBusConnection *bv_ssh_bridge_open_finish (GAsyncResult *result, GError **error);

G_END_DECLS
