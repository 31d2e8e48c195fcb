/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Connections to ports of a guest. They block, for ten seconds at most. */
#define BV_GUEST_SOCKET_TIMEOUT_MS 10000

/* A stream socket to PORT of the guest that has the context id CID; -1 on error. A guest without a
 * driver for its vsock answers nothing, for TIMEOUT_MS. */
int bv_guest_socket_connect_vsock (guint32 cid, guint32 port, guint timeout_ms, GError **error);

/* A stream socket to PORT at ADDRESS, the text of an IP address; -1 on error. */
int bv_guest_socket_connect_ip (const char *address, guint16 port, GError **error);

/* Whether ADDRESS can be a guest's: it is one machine's, and not this host's own. */
gboolean bv_guest_socket_can_be_guest (const char *address);

G_END_DECLS
