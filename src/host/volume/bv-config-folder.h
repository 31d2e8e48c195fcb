/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes FOLDER show FILES (BvVolumeFile), as a cluster shows a ConfigMap in a folder: the files are
 * links through `..data`, which is the one thing that changes, in one step. Who reads through it
 * finds the files of before or those of now, and no mixture. The same files change nothing. It may
 * be shared already, and its parent must be a folder of ours. Blocks: for worker threads. */
gboolean bv_config_folder_update (const char *folder, GPtrArray *files, GError **error);

G_END_DECLS
