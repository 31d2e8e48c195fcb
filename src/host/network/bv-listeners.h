/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Finds whose program listens at a port of the host, by its user's id. */
gboolean bv_listeners_find (const char *protocol, guint port, guint *uid);

/* The same in the text of a file like /proc/net/tcp. */
gboolean bv_listeners_find_in (const char *text, const char *protocol, guint port, guint *uid);

G_END_DECLS
