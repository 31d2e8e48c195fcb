/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Judges the domain XML that a hook answered. HOST_HOOK: one of the host's own, which may change
 * all but whose domain it is; one of a manifest may change what only the guest sees. Pure. */
gboolean bv_hook_domain_check (const char *before, const char *after, gboolean host_hook,
                               GError **error);

G_END_DECLS
