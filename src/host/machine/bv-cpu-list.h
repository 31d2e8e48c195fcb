/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Numbers as the kernel and libvirt write sets of CPUs: “0-3,8”. The array has guint32, sorted,
 * each once. An empty text is an empty list. */
GArray *bv_cpu_list_parse (const char *text, GError **error);
char *bv_cpu_list_to_string (const GArray *cpus);
gboolean bv_cpu_list_has (const GArray *cpus, guint32 cpu);

G_END_DECLS
