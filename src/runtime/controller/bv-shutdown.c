/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-shutdown.h"

#include "model/bv-error.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/controller/bv-shutdown-plan.h"

/* How long QEMU may take to write what it holds once it is told to end. */
#define ROUGH_AFTER_MSEC (15 * 1000)
/* After a kill that libvirt refused. */
#define KILL_AGAIN_MSEC 1000

typedef enum
{
  STAGE_NEW,
  STAGE_ASKING,
  STAGE_KILLING,
  STAGE_OVER,
} Stage;

struct _BvShutdown
{
  GObject parent_instance;

  BvConnection *connection;
  char *domain_name;
  char *uuid;
  gint64 grace;
  Stage stage;
  BvShutdownPlan plan;
  GCancellable *cancellable;
  gboolean was_asked;
  gboolean by_agent;           /* the next time that it is asked */
  gboolean is_killing;         /* a call is under way */
  gboolean is_killing_roughly; /* likewise */
  gboolean be_rough;           /* QEMU did not end when it was told nicely */
  guint timer_id;
  gulong event_id;
  gulong connected_id;
};

G_DEFINE_FINAL_TYPE (BvShutdown, bv_shutdown, G_TYPE_OBJECT)

enum
{
  ASKED,
  KILLED,
  FAILED,
  FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void ask (BvShutdown *self);
static void go_on (BvShutdown *self);
static void kill_domain (BvShutdown *self);

/* A manifest may give as many seconds as an integer holds. */
static GTimeSpan
to_span (gint64 seconds)
{
  return CLAMP (seconds, 0, G_MAXINT32) * G_TIME_SPAN_SECOND;
}

static void
stop (BvShutdown *self)
{
  self->stage = STAGE_OVER;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_signal_handler (&self->event_id, self->connection);
  g_clear_signal_handler (&self->connected_id, self->connection);
  g_cancellable_cancel (self->cancellable);
}

static void
finish (BvShutdown *self)
{
  g_autoptr (BvShutdown) alive = g_object_ref (self);

  if (self->stage == STAGE_OVER)
    return;
  stop (self);
  g_signal_emit (self, signals[FINISHED], 0);
}

static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND) ||
         g_error_matches (error, BV_ERROR, BV_ERROR_NOT_RUNNING);
}

static gboolean
timer_cb (gpointer data)
{
  BvShutdown *self = data;

  self->timer_id = 0;
  if (self->stage == STAGE_KILLING)
    kill_domain (self);
  else
    go_on (self);
  return G_SOURCE_REMOVE;
}

static void
wait (BvShutdown *self, gint64 msec)
{
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add ((guint)CLAMP (msec, 1, G_MAXINT), timer_cb, self);
}

static void
asked_agent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvShutdown) self = data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error) || self->stage == STAGE_OVER)
    return;
  g_debug ("%s", error->message);
  if (is_gone (error))
    finish (self);
  else if (self->stage == STAGE_ASKING)
    ask (self);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvShutdown) self = data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error) || self->stage == STAGE_OVER)
    return;
  if (is_gone (error))
    finish (self);
  else
    g_signal_emit (self, signals[FAILED], 0, error);
}

/* Its agent is asked once: the button is pressed then, and after an answer that it cannot. */
static void
ask (BvShutdown *self)
{
  gboolean by_agent = self->by_agent;

  self->by_agent = FALSE;
  bv_domain_act_async (self->connection, BV_DOMAIN_SHUTDOWN_GUEST, self->domain_name, self->uuid,
                       by_agent ? BV_DOMAIN_POWER_AGENT : BV_DOMAIN_POWER_ACPI, self->cancellable,
                       by_agent ? asked_agent_cb : asked_cb, g_object_ref (self));
  if (self->was_asked)
    return;
  self->was_asked = TRUE;
  g_signal_emit (self, signals[ASKED], 0);
}

static void
end_kill (BvShutdown *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  if (bv_domain_act_finish (self->connection, result, &error) || is_gone (error))
    finish (self);
  if (self->stage == STAGE_OVER)
    return;
  g_signal_emit (self, signals[FAILED], 0, error);
  if (self->stage == STAGE_KILLING)
    wait (self, KILL_AGAIN_MSEC);
}

static void
killed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvShutdown) self = data;

  self->is_killing = FALSE;
  end_kill (self, result);
}

static void
killed_roughly_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvShutdown) self = data;

  self->is_killing_roughly = FALSE;
  end_kill (self, result);
}

/* The gentle way does not end a QEMU that hangs, and may take a minute to say so: the rough one
 * does not wait for it. */
static void
kill_domain (BvShutdown *self)
{
  gboolean rough = self->be_rough;
  gboolean *is_under_way = rough ? &self->is_killing_roughly : &self->is_killing;

  if (*is_under_way)
    return;
  *is_under_way = TRUE;
  bv_domain_act_async (self->connection, BV_DOMAIN_DESTROY, self->domain_name, self->uuid,
                       rough ? BV_DOMAIN_DESTROY_ROUGH : BV_DOMAIN_DESTROY_GRACEFUL,
                       self->cancellable, rough ? killed_roughly_cb : killed_cb,
                       g_object_ref (self));
  if (rough)
    return;
  self->be_rough = TRUE;
  wait (self, ROUGH_AFTER_MSEC);
}

static void
go_on (BvShutdown *self)
{
  gint64 pause;
  BvShutdownAction action = bv_shutdown_plan_next (&self->plan, g_get_monotonic_time (), &pause);

  if (action == BV_SHUTDOWN_KILL)
    {
      g_autoptr (BvShutdown) alive = g_object_ref (self);

      self->stage = STAGE_KILLING;
      g_clear_handle_id (&self->timer_id, g_source_remove);
      g_signal_emit (self, signals[KILLED], 0);
      if (self->stage == STAGE_KILLING)
        kill_domain (self);
      return;
    }
  wait (self, (pause + 999) / 1000);
  if (action == BV_SHUTDOWN_ASK)
    ask (self);
}

static void
state_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvShutdown) self = data;
  g_autoptr (GError) error = NULL;
  BvDomainState state;

  if (self->stage == STAGE_OVER)
    return;
  if (bv_domain_get_state_finish (BV_CONNECTION (source), result, &state, NULL, &error))
    bv_shutdown_set_domain_state (self, state);
  else
    g_debug ("%s", error->message);
}

/* The domain may have stopped while there was no connection, and the guest may have missed what it
 * was asked. */
static void
connected_cb (BvConnection *connection, gpointer data)
{
  BvShutdown *self = data;

  bv_domain_get_state_async (connection, self->domain_name, self->cancellable, state_cb,
                             g_object_ref (self));
  if (self->stage == STAGE_KILLING)
    kill_domain (self);
}

static void
domain_event_cb (BvConnection *connection, BvDomainEvent *event, gpointer data)
{
  BvShutdown *self = data;

  if (g_strcmp0 (event->name, self->domain_name) != 0)
    return;
  if (event->kind == BV_DOMAIN_EVENT_STOPPED)
    finish (self);
  else if (event->kind == BV_DOMAIN_EVENT_SHUTDOWN)
    bv_shutdown_set_domain_state (self, BV_DOMAIN_SHUTDOWN);
}

/**
 * bv_shutdown_start:
 * @self: a shutdown
 *
 * Begins. With no grace the domain is destroyed at once.
 */
void
bv_shutdown_start (BvShutdown *self)
{
  g_return_if_fail (BV_IS_SHUTDOWN (self));
  g_return_if_fail (self->stage == STAGE_NEW);

  self->stage = STAGE_ASKING;
  self->event_id =
      g_signal_connect (self->connection, "domain-event", G_CALLBACK (domain_event_cb), self);
  self->connected_id =
      g_signal_connect (self->connection, "connected", G_CALLBACK (connected_cb), self);
  bv_shutdown_plan_init (&self->plan, g_get_monotonic_time (), self->grace);
  go_on (self);
}

/**
 * bv_shutdown_set_by_agent:
 * @self: a shutdown that has not begun
 * @by_agent: whether the guest has an agent that answers
 *
 * Has the guest's agent be asked first.
 */
void
bv_shutdown_set_by_agent (BvShutdown *self, gboolean by_agent)
{
  g_return_if_fail (BV_IS_SHUTDOWN (self));
  self->by_agent = by_agent;
}

/**
 * bv_shutdown_shorten:
 * @self: a shutdown that has begun
 * @grace_seconds: how long the guest may take from now on
 *
 * Gives the guest less time. A time that ends later than the one that it has changes nothing.
 */
void
bv_shutdown_shorten (BvShutdown *self, gint64 grace_seconds)
{
  gint64 deadline = g_get_monotonic_time () + to_span (grace_seconds);

  g_return_if_fail (BV_IS_SHUTDOWN (self));

  if (self->stage != STAGE_ASKING || deadline >= self->plan.deadline)
    return;
  self->plan.deadline = deadline;
  go_on (self);
}

/**
 * bv_shutdown_set_domain_state:
 * @self: a shutdown
 * @state: the state that the domain is in
 *
 * Tells of the domain's state. The shutdown hears of changes by itself; this is for what was found
 * by asking.
 */
void
bv_shutdown_set_domain_state (BvShutdown *self, BvDomainState state)
{
  g_return_if_fail (BV_IS_SHUTDOWN (self));

  if (state == BV_DOMAIN_SHUTDOWN)
    self->plan.is_heard = TRUE;
  else if (self->stage != STAGE_NEW && !bv_domain_state_is_active (state))
    finish (self);
}

/**
 * bv_shutdown_new:
 * @connection: the connection
 * @domain_name: the domain to end
 * @uuid: (nullable): its UUID; another domain of the name is left alone
 * @grace_seconds: how long its guest may take; 0 kills it at once
 *
 * Returns: (transfer full): a shutdown that bv_shutdown_start() begins
 */
BvShutdown *
bv_shutdown_new (BvConnection *connection, const char *domain_name, const char *uuid,
                 gint64 grace_seconds)
{
  BvShutdown *self = g_object_new (BV_TYPE_SHUTDOWN, NULL);

  self->connection = g_object_ref (connection);
  self->domain_name = g_strdup (domain_name);
  self->uuid = g_strdup (uuid);
  self->grace = to_span (grace_seconds);
  return self;
}

static void
bv_shutdown_dispose (GObject *object)
{
  BvShutdown *self = BV_SHUTDOWN (object);

  if (self->connection != NULL)
    stop (self);
  g_clear_object (&self->connection);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bv_shutdown_parent_class)->dispose (object);
}

static void
bv_shutdown_finalize (GObject *object)
{
  g_free (BV_SHUTDOWN (object)->domain_name);
  g_free (BV_SHUTDOWN (object)->uuid);
  G_OBJECT_CLASS (bv_shutdown_parent_class)->finalize (object);
}

static void
bv_shutdown_class_init (BvShutdownClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bv_shutdown_dispose;
  object_class->finalize = bv_shutdown_finalize;

  /**
   * BvShutdown::asked:
   *
   * The guest is asked for the first time.
   */
  signals[ASKED] = g_signal_new ("asked", BV_TYPE_SHUTDOWN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);

  /**
   * BvShutdown::killed:
   *
   * The grace is over; the domain is destroyed.
   */
  signals[KILLED] = g_signal_new ("killed", BV_TYPE_SHUTDOWN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);

  /**
   * BvShutdown::failed:
   * @error: why
   *
   * Libvirt refused to ask or to kill. It is tried again.
   */
  signals[FAILED] = g_signal_new ("failed", BV_TYPE_SHUTDOWN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);

  /**
   * BvShutdown::finished:
   *
   * The domain has stopped.
   */
  signals[FINISHED] = g_signal_new ("finished", BV_TYPE_SHUTDOWN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);
}

static void
bv_shutdown_init (BvShutdown *self)
{
  self->cancellable = g_cancellable_new ();
}
