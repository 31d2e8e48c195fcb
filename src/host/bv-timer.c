/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-timer.h"

/* How long one turn of the main loop may go on with timers, if there are more. */
#define TURN_MICROSECONDS 2000
/* What need not be exact comes together, so that the processor wakes up less often. */
#define TICK_MICROSECONDS (G_USEC_PER_SEC / 4)

typedef struct
{
  GSource source;
  GSequence *timers; /* of BvTimer, the next one first */
} Queue;

struct _BvTimer
{
  Queue *queue;
  GSequenceIter *place;
  gint64 due; /* in monotonic time */
  BvTimerFunc func;
  gpointer user_data;
};

/* Of this thread, while it has timers. */
static GPrivate current = G_PRIVATE_INIT (NULL);

static BvTimer *
get_first (Queue *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->timers);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static gboolean
is_due (Queue *self)
{
  const BvTimer *first = get_first (self);

  return first != NULL && first->due <= g_source_get_time (&self->source);
}

static gboolean
prepare (GSource *source, gint *timeout)
{
  Queue *self = (Queue *)source;
  const BvTimer *first = get_first (self);
  gint64 left = first != NULL ? first->due - g_source_get_time (source) : -1;

  *timeout = left > 0 ? (gint)MIN ((left + 999) / 1000, G_MAXINT) : -1;
  return is_due (self);
}

static gboolean
check (GSource *source)
{
  return is_due ((Queue *)source);
}

static void
leave (Queue *self)
{
  if (g_sequence_is_empty (self->timers) && !g_source_is_destroyed (&self->source))
    {
      g_private_set (&current, NULL);
      g_source_destroy (&self->source);
    }
}

/* Whom FUNC calls may make timers, and cancel them. */
static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  Queue *self = (Queue *)source;
  const gint64 end = g_source_get_time (source) + TURN_MICROSECONDS;

  while (is_due (self))
    {
      g_autofree BvTimer *timer = get_first (self);

      g_sequence_remove (timer->place);
      timer->func (timer->user_data);
      if (g_get_monotonic_time () >= end)
        break;
    }
  leave (self);
  return G_SOURCE_CONTINUE;
}

static void
finalize (GSource *source)
{
  g_sequence_free (((Queue *)source)->timers);
}

static Queue *
get_queue (void)
{
  static GSourceFuncs funcs = {
    .prepare = prepare, .check = check, .dispatch = dispatch, .finalize = finalize
  };
  Queue *self = g_private_get (&current);
  g_autoptr (GSource) source = NULL;

  if (self != NULL)
    return self;
  source = g_source_new (&funcs, sizeof (Queue));
  g_source_set_static_name (source, "BvTimer");
  self = (Queue *)source;
  self->timers = g_sequence_new (NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_private_set (&current, self);
  return self;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const gint64 one = ((const BvTimer *)a)->due;
  const gint64 other = ((const BvTimer *)b)->due;

  return (one > other) - (one < other);
}

static BvTimer *
make (gint64 due, BvTimerFunc func, gpointer user_data)
{
  BvTimer *self = g_new (BvTimer, 1);

  *self = (BvTimer){ .queue = get_queue (), .due = due, .func = func, .user_data = user_data };
  self->place = g_sequence_insert_sorted (self->queue->timers, self, compare, NULL);
  return self;
}

/**
 * bv_timer_new:
 * @milliseconds: when
 * @func: what is to be called then
 * @user_data: for @func
 *
 * Returns: (transfer none): a timer that is gone once @func is called
 */
BvTimer *
bv_timer_new (guint milliseconds, BvTimerFunc func, gpointer user_data)
{
  return make (g_get_monotonic_time () + (gint64)milliseconds * 1000, func, user_data);
}

/**
 * bv_timer_new_seconds:
 * @seconds: when, or up to a quarter of a second later
 * @func: what is to be called then
 * @user_data: for @func
 *
 * Returns: (transfer none): as bv_timer_new()
 */
BvTimer *
bv_timer_new_seconds (guint seconds, BvTimerFunc func, gpointer user_data)
{
  const gint64 due = g_get_monotonic_time () + (gint64)seconds * G_USEC_PER_SEC;

  return make ((due + TICK_MICROSECONDS - 1) / TICK_MICROSECONDS * TICK_MICROSECONDS, func,
               user_data);
}

/**
 * bv_timer_cancel:
 * @self: a timer that was not called yet
 *
 * Forgets it.
 */
void
bv_timer_cancel (BvTimer *self)
{
  Queue *queue = self->queue;

  g_sequence_remove (self->place);
  g_free (self);
  leave (queue);
}
