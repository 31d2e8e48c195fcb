/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often a guest is asked again to shut down, in microseconds. */
#define BV_SHUTDOWN_INTERVAL (5 * G_TIME_SPAN_SECOND)

/**
 * BvShutdownAction:
 * @BV_SHUTDOWN_WAIT: Nothing yet.
 * @BV_SHUTDOWN_ASK: Ask the guest.
 * @BV_SHUTDOWN_KILL: The grace is over.
 *
 * What is to be done next to end a guest.
 */
typedef enum
{
  BV_SHUTDOWN_WAIT,
  BV_SHUTDOWN_ASK,
  BV_SHUTDOWN_KILL,
} BvShutdownAction;

/**
 * BvShutdownPlan:
 * @deadline: when the grace is over
 * @next_ask: when the guest is to be asked next
 * @is_heard: whether the guest is shutting down, and need not be asked again
 *
 * The times of a shutdown, on any one clock that counts microseconds.
 */
typedef struct
{
  gint64 deadline;
  gint64 next_ask;
  gboolean is_heard;
} BvShutdownPlan;

void bv_shutdown_plan_init (BvShutdownPlan *self, gint64 now, gint64 grace);
BvShutdownAction bv_shutdown_plan_next (BvShutdownPlan *self, gint64 now, gint64 *wait);

G_END_DECLS
