/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-volume-private.h"

G_BEGIN_DECLS

#define BV_TYPE_MEMORY_DUMP_VOLUME (bv_memory_dump_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvMemoryDumpVolume, bv_memory_dump_volume, BV, MEMORY_DUMP_VOLUME, BvVolume)

G_END_DECLS
