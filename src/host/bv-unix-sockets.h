/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which Unix sockets of this host are open, as the kernel tells it when that is first asked. A
 * descriptor that was given away is not seen any more, but its socket is, until all have closed it.
 */
typedef struct _BvUnixSockets BvUnixSockets;

BvUnixSockets *bv_unix_sockets_new (void);
void bv_unix_sockets_free (BvUnixSockets *self);

/* 0: FD is no socket. */
guint64 bv_unix_sockets_identify (int fd);

/* IDENTITIES (of guint64) become those that are still open; FALSE: the kernel does not tell. */
gboolean bv_unix_sockets_keep_open (BvUnixSockets *self, GArray *identities);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvUnixSockets, bv_unix_sockets_free)

G_END_DECLS
