/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Carries bytes both ways between a socket of the service's and one of its client's, who never has
 * the former: it could be led elsewhere, with the service's rights. Two threads do it, so that
 * neither the main loop nor the other way waits. */
#define BV_TYPE_RELAY (bv_relay_get_type ())

G_DECLARE_FINAL_TYPE (BvRelay, bv_relay, BV, RELAY, GObject)

/* Takes FD; *CLIENT is the client's end. It lives until both ways have ended. */
BvRelay *bv_relay_new (int fd, int *client, GError **error);
gboolean bv_relay_is_over (BvRelay *self);
void bv_relay_stop (BvRelay *self);

G_END_DECLS
