/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-connection.h"

#include "model/bv-error.h"
#include "runtime/connection/bv-lane.h"
#include "runtime/connection/bv-link-opening.h"
#include "runtime/connection/bv-worker.h"

#include <glib/gi18n-lib.h>

#define RETRY_FIRST_MSEC 100
#define RETRY_LAST_MSEC (10 * 1000)

/*
 * How many calls are in flight at most. Together what libvirtd serves at a time, of all its
 * clients; some short ones it serves besides. Agents that hang take one place each the first time,
 * then share one.
 */
static const guint max_links[BV_N_LANES] = {
  [BV_LANE_CONTROL] = 4,
  [BV_LANE_AGENT] = 12,
  [BV_LANE_JOBS] = 4,
};

struct _BvConnection
{
  GObject parent_instance;

  char *uri;
  BvConnectionState state;
  char *reason; /* of the last failure */
  GThreadPool *workers;
  BvLane *lanes[BV_N_LANES];

  gboolean started;
  guint attempt; /* counts; what an earlier one brings is closed */
  guint retry_id;
  guint retry_msec;
};

G_DEFINE_ENUM_TYPE (BvConnectionState, bv_connection_state,
                    G_DEFINE_ENUM_VALUE (BV_CONNECTION_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (BV_CONNECTION_CONNECTED, "connected"),
                    G_DEFINE_ENUM_VALUE (BV_CONNECTION_DISCONNECTED, "disconnected"))

G_DEFINE_FINAL_TYPE (BvConnection, bv_connection, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_URI,
  N_PROPS
};

enum
{
  CONNECTED,
  DISCONNECTED,
  DOMAIN_EVENT,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void try_to_connect (BvConnection *self);

static void
set_state (BvConnection *self, BvConnectionState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static GError *
unavailable_error (BvConnection *self)
{
  if (self->reason == NULL)
    return g_error_new (BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                        _ ("There is no connection to libvirt at %s yet; try again in a moment"),
                        self->uri);
  return g_error_new (
      BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
      _ ("There is no connection to libvirt at %s (%s); it will be tried again by itself"),
      self->uri, self->reason);
}

static void
close_in_worker (gpointer data)
{
  g_autoptr (BvLink) link = data;

  bv_link_close (link);
}

static void
close_link (BvLane *lane, BvLink *link, gpointer data)
{
  BvConnection *self = data;

  bv_worker_push (self->workers, close_in_worker, bv_link_ref (link));
}

static gboolean
retry_cb (gpointer data)
{
  BvConnection *self = data;

  self->retry_id = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BvConnection *self)
{
  self->retry_id = g_timeout_add (self->retry_msec, retry_cb, self);
  self->retry_msec = MIN (self->retry_msec * 2, RETRY_LAST_MSEC);
}

static void
reset_lanes (BvConnection *self)
{
  g_autoptr (GError) error = unavailable_error (self);

  for (guint i = 0; i < BV_N_LANES; i++)
    bv_lane_reset (self->lanes[i], error);
}

/* All three go together: with one of them gone, libvirtd is gone, or soon will be. */
static void
lose_connection (BvConnection *self, const char *reason)
{
  g_autoptr (BvConnection) alive = g_object_ref (self);

  if (self->state != BV_CONNECTION_CONNECTED)
    return;
  g_free (self->reason);
  self->reason = g_strdup (reason);
  self->attempt++;
  g_object_freeze_notify (G_OBJECT (self));
  set_state (self, BV_CONNECTION_DISCONNECTED);
  retry_later (self);
  reset_lanes (self);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[DISCONNECTED], 0, self->reason);
}

static void
link_closed_cb (BvLink *link, const char *reason, gpointer data)
{
  lose_connection (data, reason);
}

static void
forgive (BvConnection *self, const char *vm_key)
{
  g_autofree char *urgent_key = bv_connection_urgent_key (vm_key);
  g_autofree char *most_urgent_key = bv_connection_urgent_key (urgent_key);

  for (guint i = 0; i < BV_N_LANES; i++)
    {
      bv_lane_forgive (self->lanes[i], vm_key);
      bv_lane_forgive (self->lanes[i], urgent_key);
      bv_lane_forgive (self->lanes[i], most_urgent_key);
    }
}

static void
link_event_cb (BvLink *link, BvDomainEvent *event, gpointer data)
{
  BvConnection *self = data;

  /* A new agent, or none any more: what the old one left unanswered does not count. */
  if (event->kind == BV_DOMAIN_EVENT_AGENT_CONNECTED || event->kind == BV_DOMAIN_EVENT_STOPPED ||
      event->kind == BV_DOMAIN_EVENT_UNDEFINED)
    forgive (self, event->name);
  g_signal_emit (self, signals[DOMAIN_EVENT], 0, event);
}

static const BvLinkSink link_sink = {
  .closed = link_closed_cb,
  .event = link_event_cb,
};

/* They came too late: the connection was lost or stopped meanwhile. */
static void
discard_links (BvConnection *self, BvLinkOpening *opening)
{
  for (guint i = 0; i < BV_N_LANES; i++)
    if (opening->links[i] != NULL)
      close_link (NULL, opening->links[i], self);
}

static void
take_further_link (BvConnection *self, BvLinkOpening *opening)
{
  BvLink *link = opening->links[0];

  if (link == NULL)
    {
      g_message ("%s", opening->error->message);
      bv_lane_open_failed (opening->lane);
      return;
    }
  bv_lane_add_link (opening->lane, link);
  bv_link_attach (link, &link_sink, self);
}

static void
take_first_links (BvConnection *self, BvLinkOpening *opening)
{
  g_clear_pointer (&self->reason, g_free);
  self->retry_msec = RETRY_FIRST_MSEC;
  for (guint i = 0; i < BV_N_LANES; i++)
    bv_lane_add_link (self->lanes[i], opening->links[i]);
  set_state (self, BV_CONNECTION_CONNECTED);
  g_signal_emit (self, signals[CONNECTED], 0);

  /* Each tells at once if it is broken already, and then the rest have been taken away again. */
  for (guint i = 0; i < BV_N_LANES && self->attempt == opening->attempt; i++)
    bv_link_attach (opening->links[i], &link_sink, self);
}

static void
fail_to_connect (BvConnection *self, BvLinkOpening *opening)
{
  gboolean is_first = self->state == BV_CONNECTION_CONNECTING;

  g_debug ("%s", opening->error->message);
  g_free (self->reason);
  self->reason = g_strdup (opening->error->message);
  retry_later (self);
  if (!is_first)
    return;
  set_state (self, BV_CONNECTION_DISCONNECTED);
  g_signal_emit (self, signals[DISCONNECTED], 0, self->reason);
}

static void
opened (BvLinkOpening *opening)
{
  BvConnection *self = BV_CONNECTION (opening->owner);

  if (opening->attempt != self->attempt)
    discard_links (self, opening);
  else if (opening->lane != NULL)
    take_further_link (self, opening);
  else if (opening->error == NULL)
    take_first_links (self, opening);
  else
    fail_to_connect (self, opening);
}

static void
start_opening (BvConnection *self, BvLane *lane)
{
  bv_link_opening_start (G_OBJECT (self), self->workers, self->uri, self->attempt, lane, opened);
}

static void
open_link (BvLane *lane, gpointer data)
{
  start_opening (data, lane);
}

static const BvLaneOwner lane_owner = {
  .open_link = open_link,
  .close_link = close_link,
};

static void
try_to_connect (BvConnection *self)
{
  self->attempt++;
  start_opening (self, NULL);
}

/**
 * bv_connection_start:
 * @self: a connection
 *
 * Connects, and from now on connects again by itself whenever the connection is lost.
 */
void
bv_connection_start (BvConnection *self)
{
  g_return_if_fail (BV_IS_CONNECTION (self));

  if (self->started)
    return;
  self->started = TRUE;
  self->retry_msec = RETRY_FIRST_MSEC;
  set_state (self, BV_CONNECTION_CONNECTING);
  try_to_connect (self);
}

/**
 * bv_connection_stop:
 * @self: a connection
 *
 * Disconnects for good. Calls that wait fail; those in flight end by themselves and give their
 * results. No signal tells of it: whoever stops it knows.
 */
void
bv_connection_stop (BvConnection *self)
{
  g_autoptr (BvConnection) alive = g_object_ref (self);

  g_return_if_fail (BV_IS_CONNECTION (self));

  if (!self->started)
    return;
  self->started = FALSE;
  self->attempt++;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_free (self->reason);
  self->reason = g_strdup (_ ("it was stopped"));
  set_state (self, BV_CONNECTION_DISCONNECTED);
  reset_lanes (self);
}

/**
 * bv_connection_call_async:
 * @self: a connection
 * @lane: which calls it must not be held up by
 * @vm_key: (nullable): the name of the domain that it concerns: calls on one domain and lane run
 * one after another
 * @func: what to call, in a worker thread
 * @data: its data, which is its own until @destroy
 * @destroy: (nullable): frees @data, in the main loop
 * @result_destroy: (nullable): frees a result that nobody takes
 * @cancellable: (nullable): ends the wait of a call that has not started; one that has started runs
 * to its end
 * @callback: called in the main loop
 * @user_data: passed to @callback
 *
 * Calls libvirt. Without a connection it fails at once with %BV_ERROR_HYPERVISOR_UNAVAILABLE.
 */
void
bv_connection_call_async (BvConnection *self, BvLaneId lane, const char *vm_key, BvCallFunc func,
                          gpointer data, GDestroyNotify destroy, GDestroyNotify result_destroy,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;
  BvCall *call;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (BV_IS_CONNECTION (self));
  g_return_if_fail (lane >= 0 && lane < BV_N_LANES);
  g_return_if_fail (func != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bv_connection_call_async);
  /* A call that took effect is told of, whoever has lost interest. */
  g_task_set_check_cancellable (task, FALSE);
  call = bv_call_new (task, vm_key, func, data, destroy, result_destroy);

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error) &&
      self->state != BV_CONNECTION_CONNECTED)
    error = unavailable_error (self);
  if (error != NULL)
    bv_call_return_error (call, error);
  else
    bv_lane_submit (self->lanes[lane], call);
}

/**
 * bv_connection_call_finish:
 * @self: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what the #BvCallFunc returned
 */
gpointer
bv_connection_call_finish (BvConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * bv_connection_urgent_key:
 * @vm_key: the name of a domain
 *
 * Makes a key for calls on a domain that must not wait for others on it: one that ends a domain
 * whose QEMU hangs, and with it the call that waits for its answer. No domain is called so. The
 * key of a key is for what is more urgent still.
 *
 * Returns: (transfer full): the key
 */
char *
bv_connection_urgent_key (const char *vm_key)
{
  return g_strconcat (vm_key, "\nurgent", NULL);
}

BvConnectionState
bv_connection_get_state (BvConnection *self)
{
  g_return_val_if_fail (BV_IS_CONNECTION (self), BV_CONNECTION_DISCONNECTED);
  return self->state;
}

const char *
bv_connection_get_uri (BvConnection *self)
{
  g_return_val_if_fail (BV_IS_CONNECTION (self), NULL);
  return self->uri;
}

/* How many connections to libvirt a lane has at the moment. */
guint
bv_connection_get_n_links (BvConnection *self, BvLaneId lane)
{
  g_return_val_if_fail (BV_IS_CONNECTION (self) && lane >= 0 && lane < BV_N_LANES, 0);
  return bv_lane_get_n_links (self->lanes[lane]);
}

/**
 * bv_connection_new:
 * @uri: a libvirt URI, such as `qemu:///system`
 *
 * Returns: (transfer full): a connection that bv_connection_start() starts
 */
BvConnection *
bv_connection_new (const char *uri)
{
  return g_object_new (BV_TYPE_CONNECTION, "uri", uri, NULL);
}

static void
bv_connection_dispose (GObject *object)
{
  bv_connection_stop (BV_CONNECTION (object));
  G_OBJECT_CLASS (bv_connection_parent_class)->dispose (object);
}

static void
bv_connection_finalize (GObject *object)
{
  BvConnection *self = BV_CONNECTION (object);

  for (guint i = 0; i < BV_N_LANES; i++)
    bv_lane_free (self->lanes[i]);
  /* What is left to do there is closing; it need not be waited for. */
  g_thread_pool_free (self->workers, FALSE, FALSE);
  g_free (self->reason);
  g_free (self->uri);
  G_OBJECT_CLASS (bv_connection_parent_class)->finalize (object);
}

static void
bv_connection_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BvConnection *self = BV_CONNECTION (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_URI:
      g_value_set_string (value, self->uri);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bv_connection_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  BvConnection *self = BV_CONNECTION (object);

  switch (prop_id)
    {
    case PROP_URI:
      self->uri = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bv_connection_class_init (BvConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bv_connection_dispose;
  object_class->finalize = bv_connection_finalize;
  object_class->get_property = bv_connection_get_property;
  object_class->set_property = bv_connection_set_property;

  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, BV_TYPE_CONNECTION_STATE, BV_CONNECTION_DISCONNECTED,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_URI] = g_param_spec_string (
      "uri", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * BvConnection::connected:
   *
   * A connection was made, the first or again. Events may have been missed: ask anew.
   */
  signals[CONNECTED] = g_signal_new ("connected", BV_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);

  /**
   * BvConnection::disconnected:
   * @reason: a sentence
   *
   * The connection was lost, or the first attempt failed.
   */
  signals[DISCONNECTED] = g_signal_new ("disconnected", BV_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * BvConnection::domain-event:
   * @event: what happened
   *
   * Something happened to a domain, ours or not.
   */
  signals[DOMAIN_EVENT] =
      g_signal_new ("domain-event", BV_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, BV_TYPE_DOMAIN_EVENT | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
bv_connection_init (BvConnection *self)
{
  self->state = BV_CONNECTION_DISCONNECTED;
  self->workers = bv_worker_pool_new ();
  for (guint i = 0; i < BV_N_LANES; i++)
    self->lanes[i] = bv_lane_new (max_links[i], self->workers, &lane_owner, self);
}
