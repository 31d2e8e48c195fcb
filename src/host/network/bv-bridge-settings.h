/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes the host answer on BRIDGE for guests that do not hear each other, and with PUBLISHED lets
 * the loopback's traffic out to it. */
gboolean bv_bridge_settings_apply (const char *bridge, gboolean published, GError **error);

/* The same for IPv6, where the host answers for one address after the other. The first must go
 * through a file of /proc/sys; without it guests do not reach each other by IPv6. */
gboolean bv_bridge_settings_allow_answers (const char *bridge, GError **error);
gboolean bv_bridge_settings_answer_for (const char *bridge, const char *ipv6, gboolean answer,
                                        GError **error);

G_END_DECLS
