/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What tells the storage behind PATH from all other storage: two hosts that get the same text see
 * the same data. Of a file system that several hosts may have mounted it is the name that all of
 * them know; of a device the name that its maker gave it; all else is this machine's alone, for as
 * long as it runs. BV_ERROR_NOT_FOUND where there is nothing. Blocks: for worker threads. */
char *bv_storage_identity (const char *path, GError **error);

/* The same for a file below the mount that the lines MOUNTS (/proc/self/mountinfo) have last for
 * it, or NULL where that is no file system that hosts share. For tests. */
char *bv_storage_identity_of_mount (const char *mounts, const char *path);

G_END_DECLS
