/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Runs a program to its end, without a shell and without input. What it writes to stderr becomes
 * part of the error, and so must hold no secret; neither must its arguments. One that takes longer
 * than SECONDS, or is cancelled, is killed. Blocks: for worker threads. */
gboolean bv_program_run (const char *const *arguments, guint seconds, GCancellable *cancellable,
                         GError **error);

G_END_DECLS
