/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/companion/bv-companion.h"

G_BEGIN_DECLS

/* Whether systemd runs on this host and takes units from us. */
gboolean bv_companion_unit_is_possible (void);

/* Starts SPEC as a transient unit of systemd. It is on record at RECORD_PATH before that. Blocks.
 */
gboolean bv_companion_unit_start (const char *uid, const BvCompanionSpec *spec,
                                  const char *record_path, GError **error);

/* Ends UNIT, with all its processes; it need not be there. */
gboolean bv_companion_unit_stop (const char *unit, GError **error);

G_END_DECLS
