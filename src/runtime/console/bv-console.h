/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BvConsole:
 *
 * The serial console of a VM for any number of clients. QEMU serves one; this is the one, and
 * passes on what it hears. All clients see the same and may type; one that connects late sees the
 * last 64 KiB first.
 */
#define BV_TYPE_CONSOLE (bv_console_get_type ())
G_DECLARE_FINAL_TYPE (BvConsole, bv_console, BV, CONSOLE, GObject)

BvConsole *bv_console_new (const char *path);
void bv_console_start (BvConsole *self);
void bv_console_stop (BvConsole *self);
int bv_console_open (BvConsole *self, GError **error);
void bv_console_close_clients (BvConsole *self);
gboolean bv_console_is_connected (BvConsole *self);
guint bv_console_get_n_clients (BvConsole *self);

G_END_DECLS
