/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes the host answer on BRIDGE for guests that do not hear each other, and with PUBLISHED lets
 * the loopback's traffic out to it. */
gboolean bv_bridge_settings_apply (const char *bridge, gboolean published, GError **error);

G_END_DECLS
