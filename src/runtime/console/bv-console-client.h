/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/console/bv-scrollback.h"

G_BEGIN_DECLS

/* One of those who watch and type at a console, at the other end of a socket. */
typedef struct _BvConsoleClient BvConsoleClient;

typedef struct
{
  void (*input) (const char *data, gsize length, gpointer user_data);
  void (*closed) (BvConsoleClient *client, gpointer user_data);
} BvConsoleClientSink;

BvConsoleClient *bv_console_client_new (int fd, BvScrollback *scrollback,
                                        const BvConsoleClientSink *sink, gpointer user_data);
void bv_console_client_free (BvConsoleClient *self);
gboolean bv_console_client_flush (BvConsoleClient *self);
void bv_console_client_set_input (BvConsoleClient *self, gboolean wanted);

G_END_DECLS
