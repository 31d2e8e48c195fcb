/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bv-dbus-generated.h"

G_BEGIN_DECLS

/* One line on the terminal that tells how far a job is; nothing where there is no terminal. */
typedef struct
{
  gboolean shown;
} BvCliProgress;

void bv_cli_progress_show (BvCliProgress *self, BvDBusJob *job);
void bv_cli_progress_end (BvCliProgress *self);

G_END_DECLS
