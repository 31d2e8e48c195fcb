/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-connection-wait.h"

/* One thread waits on the condition, and the main loop ends the wait. */
typedef struct
{
  BvConnection *connection;
  BvLaneId lane;
  const char *vm_key;
  BvCallFunc func;
  gpointer data;
  GCancellable *cancellable;

  GMutex lock;
  GCond ended;
  gboolean done;
  gpointer result;
  GError *error;
} Wait;

static void
bv_connection_wait_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  g_mutex_lock (&wait->lock);
  wait->result = bv_connection_call_finish (BV_CONNECTION (source), result, &wait->error);
  wait->done = TRUE;
  g_cond_signal (&wait->ended);
  g_mutex_unlock (&wait->lock);
}

static gboolean
bv_connection_wait_begin_cb (gpointer user_data)
{
  Wait *wait = user_data;

  bv_connection_call_async (wait->connection, wait->lane, wait->vm_key, wait->func, wait->data,
                            NULL, NULL, wait->cancellable, bv_connection_wait_done_cb, wait);
  return G_SOURCE_REMOVE;
}

/**
 * bv_connection_call_wait:
 * @self: a connection
 * @lane: which calls it must not be held up by
 * @vm_key: (nullable): calls with the same key run one after another
 * @func: what to call, in another worker thread
 * @data: its data
 * @cancellable: (nullable): ends the wait of a call that has not started
 * @error: return location
 *
 * Calls libvirt from a worker thread, as bv_connection_call_async() does from the main loop, and
 * waits. The main loop must run meanwhile: it must not be called from there. When it returns,
 * @func has ended or will never begin, and so @data may be on the stack.
 *
 * Returns: (transfer full) (nullable): what @func returned
 */
gpointer
bv_connection_call_wait (BvConnection *self, BvLaneId lane, const char *vm_key, BvCallFunc func,
                         gpointer data, GCancellable *cancellable, GError **error)
{
  Wait wait = { .connection = self,
                .lane = lane,
                .vm_key = vm_key,
                .func = func,
                .data = data,
                .cancellable = cancellable };

  g_return_val_if_fail (!g_main_context_is_owner (g_main_context_default ()), NULL);

  g_mutex_init (&wait.lock);
  g_cond_init (&wait.ended);
  g_idle_add_full (G_PRIORITY_DEFAULT, bv_connection_wait_begin_cb, &wait, NULL);
  g_mutex_lock (&wait.lock);
  while (!wait.done)
    g_cond_wait (&wait.ended, &wait.lock);
  g_mutex_unlock (&wait.lock);
  g_mutex_clear (&wait.lock);
  g_cond_clear (&wait.ended);
  if (wait.error != NULL)
    g_propagate_error (error, wait.error);
  return wait.result;
}

static gpointer
call (const BvLibvirtCaller *caller, BvLibvirtFunc func, gpointer data, GCancellable *cancellable,
      GError **error)
{
  return bv_connection_call_wait (caller->user_data, BV_LANE_JOBS, NULL, func, data, cancellable,
                                  error);
}

BvLibvirtCaller
bv_connection_get_caller (BvConnection *self)
{
  return (BvLibvirtCaller){ call, self };
}
