/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-guest-clock.h"

#include "agent/bv-agent-call.h"
#include "model/bv-error.h"

/* KubeVirt's. */
#define PERIOD_SECONDS 1
#define LIMIT_SECONDS 60

struct _BvGuestClock
{
  GObject parent_instance;

  BvGuestAgent *agent;
  gint64 deadline; /* in monotonic time */
  guint timer_id;
  GCancellable *cancellable; /* of the call that is under way, or NULL */
};

G_DEFINE_FINAL_TYPE (BvGuestClock, bv_guest_clock, G_TYPE_OBJECT)

static void try_to_set (BvGuestClock *self);

static gboolean
timer_cb (gpointer data)
{
  BvGuestClock *self = data;

  self->timer_id = 0;
  try_to_set (self);
  return G_SOURCE_REMOVE;
}

static void
wait (BvGuestClock *self)
{
  if (g_get_monotonic_time () < self->deadline)
    self->timer_id = g_timeout_add_seconds (PERIOD_SECONDS, timer_cb, self);
}

static void
set_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvGuestClock) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));

  if (cancellable != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (answer != NULL)
    return;
  g_debug ("%s", error->message);
  if (g_error_matches (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE) ||
      g_error_matches (error, BV_ERROR, BV_ERROR_TIMED_OUT))
    wait (self);
}

static void
try_to_set (BvGuestClock *self)
{
  if (!bv_guest_agent_is_connected (self->agent))
    {
      wait (self);
      return;
    }
  self->cancellable = g_cancellable_new ();
  bv_guest_agent_call_async (self->agent, bv_agent_call_set_time, NULL, self->cancellable, set_cb,
                             g_object_ref (self));
}

/**
 * bv_guest_clock_set:
 * @self: a clock
 *
 * Sets it to the host's time, now or when the agent answers.
 */
void
bv_guest_clock_set (BvGuestClock *self)
{
  g_return_if_fail (BV_IS_GUEST_CLOCK (self));

  bv_guest_clock_stop (self);
  self->deadline = g_get_monotonic_time () + LIMIT_SECONDS * G_USEC_PER_SEC;
  try_to_set (self);
}

/* Gives it up. */
void
bv_guest_clock_stop (BvGuestClock *self)
{
  g_return_if_fail (BV_IS_GUEST_CLOCK (self));

  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/**
 * bv_guest_clock_new:
 * @agent: the agent in the guest
 *
 * Returns: (transfer full): the clock; nothing is done to it yet
 */
BvGuestClock *
bv_guest_clock_new (BvGuestAgent *agent)
{
  BvGuestClock *self = g_object_new (BV_TYPE_GUEST_CLOCK, NULL);

  self->agent = g_object_ref (agent);
  return self;
}

static void
bv_guest_clock_dispose (GObject *object)
{
  BvGuestClock *self = BV_GUEST_CLOCK (object);

  bv_guest_clock_stop (self);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (bv_guest_clock_parent_class)->dispose (object);
}

static void
bv_guest_clock_class_init (BvGuestClockClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bv_guest_clock_dispose;
}

static void
bv_guest_clock_init (BvGuestClock *self)
{
}
