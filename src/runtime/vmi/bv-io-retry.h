/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* When a guest that errors of its storage stopped is let go on again. KubeVirt's: at once, and
 * while it stops again within 30 s, ever later, from 10 s to 180 s. Times are microseconds of the
 * monotonic clock. Pure; all zero is the beginning. */
typedef struct
{
  gint64 tried; /* when it was last let go on; 0: never */
  guint wait;   /* seconds that must be between that and the next time */
} BvIoRetry;

/* Seconds to wait for a guest that is stopped NOW. */
guint bv_io_retry_next (BvIoRetry *self, gint64 now);

/* It is let go on NOW. */
void bv_io_retry_note (BvIoRetry *self, gint64 now);

G_END_DECLS
