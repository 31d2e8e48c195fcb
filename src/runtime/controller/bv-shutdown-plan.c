/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-shutdown-plan.h"

/**
 * bv_shutdown_plan_init:
 * @self: the plan
 * @now: the time
 * @grace: how long the guest may take; 0 or less kills it at once
 */
void
bv_shutdown_plan_init (BvShutdownPlan *self, gint64 now, gint64 grace)
{
  self->deadline = now + MAX (grace, 0);
  self->next_ask = now;
  self->is_heard = FALSE;
}

/**
 * bv_shutdown_plan_next:
 * @self: the plan
 * @now: the time
 * @wait: (out): how long until the plan is to be asked again
 *
 * Returns: what is to be done now
 */
BvShutdownAction
bv_shutdown_plan_next (BvShutdownPlan *self, gint64 now, gint64 *wait)
{
  BvShutdownAction action = BV_SHUTDOWN_WAIT;

  *wait = 0;
  if (now >= self->deadline)
    return BV_SHUTDOWN_KILL;
  *wait = self->deadline - now;
  if (self->is_heard)
    return BV_SHUTDOWN_WAIT;

  if (now >= self->next_ask)
    {
      self->next_ask = now + BV_SHUTDOWN_INTERVAL;
      action = BV_SHUTDOWN_ASK;
    }
  *wait = MIN (*wait, self->next_ask - now);
  return action;
}
