/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* EVENTS as GetEvents() has them. */
void bv_cli_print_events (GVariant *events, gboolean with_object);

G_END_DECLS
