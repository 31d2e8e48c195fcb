/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Whether the disk is a block device; makes the file of a DiskOrCreate that is not there. Blocks.
 */
gboolean bv_host_disk_prepare (const BvApiHostDisk *disk, const BvConfig *config,
                               gboolean *is_block, GError **error);

G_END_DECLS
