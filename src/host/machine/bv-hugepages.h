/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The huge pages of one size on one NUMA cell. */
typedef struct
{
  guint cell;
  guint64 size_kib;
  guint64 total;
  guint64 free;
} BvHugepages;

/* What the kernel tells below SYS, which is “/sys” but in tests: an array of BvHugepages, by cell
 * and size. Empty where the kernel has none. */
GArray *bv_hugepages_read (const char *sys);
guint64 bv_hugepages_get_total_kib (const GArray *pages);

G_END_DECLS
