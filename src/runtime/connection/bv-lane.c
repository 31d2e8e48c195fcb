/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-lane.h"

#include "runtime/connection/bv-call-queue.h"

/* How long a call waits before a further connection is opened for it, and how long that stays
   without need. */
#define PATIENCE_MSEC 20
#define LINGER_SECONDS 60

struct _BvLane
{
  GThreadPool *workers;
  const BvLaneOwner *owner;
  gpointer user_data;
  guint max_links;

  BvCallQueue *queue;
  GHashTable *cancel_sources; /* BvCall that waits -> GSource */
  GPtrArray *links;           /* BvLink; the first is there as long as the lane is connected */
  guint n_running;
  gboolean opening;
  guint patience_id;
  guint linger_id;
};

typedef struct
{
  BvLane *lane;
  BvCall *call;
} Waiting;

static void dispatch (BvLane *self);

static void
destroy_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

/**
 * bv_lane_new:
 * @max_links: how many connections it may have
 * @workers: threads for the calls
 * @owner: opens and closes connections for it
 * @user_data: passed to @owner
 *
 * Returns: (transfer full): a lane without connections
 */
BvLane *
bv_lane_new (guint max_links, GThreadPool *workers, const BvLaneOwner *owner, gpointer user_data)
{
  BvLane *self = g_new0 (BvLane, 1);

  self->workers = workers;
  self->owner = owner;
  self->user_data = user_data;
  self->max_links = max_links;
  self->queue = bv_call_queue_new ();
  self->cancel_sources = g_hash_table_new_full (NULL, NULL, NULL, destroy_source);
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_link_unref);
  return self;
}

/* After bv_lane_reset(), with no call in flight. */
void
bv_lane_free (BvLane *self)
{
  g_warn_if_fail (self->links->len == 0 && self->n_running == 0);
  g_hash_table_unref (self->cancel_sources);
  bv_call_queue_free (self->queue);
  g_ptr_array_unref (self->links);
  g_free (self);
}

static BvLink *
find_free_link (BvLane *self)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      BvLink *link = g_ptr_array_index (self->links, i);

      if (bv_link_get_load (link) == 0)
        return link;
    }
  return NULL;
}

static void
close_idle_link (BvLane *self, BvLink *link)
{
  if (bv_link_get_load (link) == 0)
    self->owner->close_link (self, link, self->user_data);
}

/* A connection that is needed no more goes when its calls are over. */
static void
retire_link (BvLane *self, guint index)
{
  g_autoptr (BvLink) link = g_ptr_array_steal_index (self->links, index);

  bv_link_detach (link);
  close_idle_link (self, link);
}

static gboolean
linger_cb (gpointer data)
{
  BvLane *self = data;

  if (self->n_running > 1)
    return G_SOURCE_CONTINUE;
  while (self->links->len > 1)
    retire_link (self, self->links->len - 1);
  self->linger_id = 0;
  return G_SOURCE_REMOVE;
}

/* Opens a further connection if a call waits for one. */
static void
open_if_short (BvLane *self)
{
  if (self->opening || self->links->len == 0 || self->links->len >= self->max_links ||
      find_free_link (self) != NULL || !bv_call_queue_has_ready (self->queue))
    return;
  self->opening = TRUE;
  self->owner->open_link (self, self->user_data);
}

static gboolean
patience_cb (gpointer data)
{
  BvLane *self = data;

  self->patience_id = 0;
  open_if_short (self);
  return G_SOURCE_REMOVE;
}

static void
ask_for_link (BvLane *self)
{
  if (self->patience_id == 0 && !self->opening && self->links->len > 0 &&
      self->links->len < self->max_links)
    self->patience_id = g_timeout_add (PATIENCE_MSEC, patience_cb, self);
}

static void
call_done_cb (BvCall *call, gpointer data)
{
  BvLane *self = data;
  BvLink *link = bv_call_get_link (call);

  self->n_running--;
  bv_link_end_call (link);
  bv_call_queue_finish (self->queue, bv_call_get_vm_key (call), bv_call_was_unanswered (call));
  if (!g_ptr_array_find (self->links, link, NULL))
    close_idle_link (self, link);
  dispatch (self);
  /* Last: what the caller does then may end this lane. */
  bv_call_return (call);
}

static void
dispatch (BvLane *self)
{
  BvLink *link;
  BvCall *call;

  while ((link = find_free_link (self)) != NULL && (call = bv_call_queue_pop (self->queue)) != NULL)
    {
      g_hash_table_remove (self->cancel_sources, call);
      self->n_running++;
      bv_link_begin_call (link);
      bv_call_start (call, link, self->workers, call_done_cb, self);
    }
  if (link == NULL && bv_call_queue_has_ready (self->queue))
    ask_for_link (self);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  Waiting *waiting = data;
  BvCall *call = waiting->call;
  BvLane *self = waiting->lane;
  g_autoptr (GError) error = NULL;

  bv_call_queue_remove (self->queue, bv_call_get_vm_key (call), call);
  g_hash_table_remove (self->cancel_sources, call);
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  bv_call_return_error (call, error);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (BvLane *self, BvCall *call)
{
  Waiting *waiting;
  GSource *source;

  if (bv_call_get_cancellable (call) == NULL)
    return;
  waiting = g_new0 (Waiting, 1);
  waiting->lane = self;
  waiting->call = call;
  source = g_cancellable_source_new (bv_call_get_cancellable (call));
  g_source_set_callback (source, G_SOURCE_FUNC (cancelled_cb), waiting, g_free);
  g_source_attach (source, NULL);
  g_hash_table_insert (self->cancel_sources, call, source);
}

/**
 * bv_lane_submit:
 * @self: the lane
 * @call: (transfer full): a call
 *
 * Starts the call as soon as it is its turn.
 */
void
bv_lane_submit (BvLane *self, BvCall *call)
{
  watch_cancellable (self, call);
  bv_call_queue_push (self->queue, bv_call_get_vm_key (call), call);
  dispatch (self);
}

/**
 * bv_lane_add_link:
 * @self: the lane
 * @link: a connection
 *
 * Gives the lane a connection, the first or one that it asked for.
 */
void
bv_lane_add_link (BvLane *self, BvLink *link)
{
  self->opening = FALSE;
  g_ptr_array_add (self->links, bv_link_ref (link));
  if (self->links->len > 1 && self->linger_id == 0)
    self->linger_id = g_timeout_add_seconds (LINGER_SECONDS, linger_cb, self);
  dispatch (self);
  /* Those that still wait have waited already. */
  if (self->links->len > 1)
    open_if_short (self);
}

/* The connection that the lane asked for cannot be had. It asks again when a call has to wait. */
void
bv_lane_open_failed (BvLane *self)
{
  self->opening = FALSE;
}

/**
 * bv_lane_reset:
 * @self: the lane
 * @error: why
 *
 * Takes its connections from the lane. Calls that wait fail; those in flight end by themselves.
 */
void
bv_lane_reset (BvLane *self, const GError *error)
{
  g_autoptr (GPtrArray) calls = bv_call_queue_drain (self->queue);

  self->opening = FALSE;
  g_clear_handle_id (&self->patience_id, g_source_remove);
  g_clear_handle_id (&self->linger_id, g_source_remove);
  while (self->links->len > 0)
    retire_link (self, self->links->len - 1);
  g_hash_table_remove_all (self->cancel_sources);
  for (guint i = 0; i < calls->len; i++)
    bv_call_return_error (g_ptr_array_index (calls, i), error);
}

/* A VM that left calls unanswered will answer again, or is no more. */
void
bv_lane_forgive (BvLane *self, const char *vm_key)
{
  bv_call_queue_forgive (self->queue, vm_key);
  dispatch (self);
}

guint
bv_lane_get_n_links (BvLane *self)
{
  return self->links->len;
}
