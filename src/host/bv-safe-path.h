/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Opens PATH for OPEN_FLAGS if it is below one of FOLDERS, and no part of it below that folder is a
 * symbolic link or "..": a manifest reaches nothing else. For root, neither that folder nor one on
 * the way may be another's, or writable for others: who opens PATH by its name later gets the same.
 * Blocks: for worker threads. */
int bv_safe_path_open (const char *path, const char *const *folders, int open_flags, int mode,
                       GError **error);

/* The same for the folder that PATH lies in, which may be one of FOLDERS itself. */
int bv_safe_path_open_parent (const char *path, const char *const *folders, GError **error);

/* Removes the file PATH, in the same way. */
gboolean bv_safe_path_remove (const char *path, const char *const *folders);

G_END_DECLS
