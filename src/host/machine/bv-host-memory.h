/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The machine's memory in KiB, as the file MEMINFO (“/proc/meminfo” but in tests) tells it; 0 where
 * that tells nothing. */
guint64 bv_host_memory_read_kib (const char *meminfo);

G_END_DECLS
