/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Runs COMMANDS of libnftables' JSON as one transaction, or none of them. Blocks, and must not run
 * twice at a time. */
gboolean bv_firewall_apply (const char *commands, GError **error);

/* What our tables hold, as text to be compared; empty without any. */
char *bv_firewall_list (GError **error);

G_END_DECLS
