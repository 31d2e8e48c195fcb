/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/companion/bv-companion.h"

G_BEGIN_DECLS

/* Starts SPEC as a child of PID 1, in a session of its own. It is on record at RECORD_PATH before
 * its program runs; what it says goes to LOG_PATH. Blocks. */
gboolean bv_companion_fork (const BvCompanionSpec *spec, const char *record_path,
                            const char *log_path, GError **error);

G_END_DECLS
