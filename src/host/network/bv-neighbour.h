/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean bv_neighbour_solicit (const char *text);
void bv_neighbours_read (const char *const *macs, GHashTable *addresses);

G_END_DECLS
