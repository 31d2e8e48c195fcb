/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-call.h"

#include "model/bv-error.h"
#include "runtime/connection/bv-worker.h"

#include <glib/gi18n-lib.h>

/* An error that comes sooner than this is an answer. */
#define PATIENCE_USEC (500 * 1000)

struct _BvCall
{
  GTask *task;
  char *vm_key;
  BvCallFunc func;
  gpointer data;
  GDestroyNotify destroy;
  GDestroyNotify result_destroy;

  /* while it runs */
  BvLink *link;
  BvCallDone done;
  gpointer done_data;
  gint64 started;

  /* once it has run */
  gpointer result;
  GError *error;
  gboolean unanswered;
};

/**
 * bv_call_new:
 * @task: (transfer full): the task that the result goes to
 * @vm_key: (nullable): the VM that the call concerns
 * @func: what to call
 * @data: its data
 * @destroy: (nullable): frees @data, in the main loop
 * @result_destroy: (nullable): frees a result that nobody takes
 *
 * Returns: (transfer full): the call
 */
BvCall *
bv_call_new (GTask *task, const char *vm_key, BvCallFunc func, gpointer data,
             GDestroyNotify destroy, GDestroyNotify result_destroy)
{
  BvCall *self = g_new0 (BvCall, 1);

  self->task = task;
  self->vm_key = g_strdup (vm_key);
  self->func = func;
  self->data = data;
  self->destroy = destroy;
  self->result_destroy = result_destroy;
  return self;
}

static void
call_free (BvCall *self)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  if (self->result != NULL && self->result_destroy != NULL)
    self->result_destroy (self->result);
  g_clear_error (&self->error);
  g_clear_pointer (&self->link, bv_link_unref);
  g_clear_object (&self->task);
  g_free (self->vm_key);
  g_free (self);
}

static gboolean
done_idle_cb (gpointer data)
{
  BvCall *self = data;

  self->done (self, self->done_data);
  return G_SOURCE_REMOVE;
}

/* libvirt's words for a broken connection are many; that it is broken is what the caller needs to
 * know. */
static GError *
explain_lost_connection (virConnectPtr handle, GError *failure)
{
  g_autoptr (GError) cause = failure;

  if (virConnectIsAlive (handle) == 1)
    return g_steal_pointer (&cause);
  return g_error_new (BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                      _ ("The connection to libvirt was lost during the call, which may or may not "
                         "have had its effect: %s"),
                      cause->message);
}

static void
run_in_worker (gpointer data)
{
  BvCall *self = data;
  virConnectPtr handle = bv_link_get_handle (self->link);

  self->result = self->func (handle, self->data, g_task_get_cancellable (self->task), &self->error);
  self->unanswered = g_get_monotonic_time () - self->started > PATIENCE_USEC &&
                     (g_error_matches (self->error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE) ||
                      g_error_matches (self->error, BV_ERROR, BV_ERROR_TIMED_OUT));
  if (self->error != NULL)
    self->error = explain_lost_connection (handle, self->error);
  g_idle_add_full (G_PRIORITY_DEFAULT, done_idle_cb, self, NULL);
}

/**
 * bv_call_start:
 * @self: the call
 * @link: the connection to use
 * @workers: where to run it
 * @done: called in the main loop when it has run
 * @user_data: passed to @done
 */
void
bv_call_start (BvCall *self, BvLink *link, GThreadPool *workers, BvCallDone done,
               gpointer user_data)
{
  self->link = bv_link_ref (link);
  self->done = done;
  self->done_data = user_data;
  self->started = g_get_monotonic_time ();
  bv_worker_push (workers, run_in_worker, self);
}

/**
 * bv_call_return:
 * @self: (transfer full): a call that has run
 *
 * Gives the caller the result or the error.
 */
void
bv_call_return (BvCall *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->result), self->result_destroy);
  call_free (self);
}

/**
 * bv_call_return_error:
 * @self: (transfer full): a call that has not started
 * @error: why it never will
 */
void
bv_call_return_error (BvCall *self, const GError *error)
{
  g_set_error_literal (&self->error, error->domain, error->code, error->message);
  bv_call_return (self);
}

const char *
bv_call_get_vm_key (BvCall *self)
{
  return self->vm_key;
}

GCancellable *
bv_call_get_cancellable (BvCall *self)
{
  return g_task_get_cancellable (self->task);
}

BvLink *
bv_call_get_link (BvCall *self)
{
  return self->link;
}

/* Whether the VM, or its agent, left the call unanswered until libvirt gave up. */
gboolean
bv_call_was_unanswered (BvCall *self)
{
  return self->unanswered;
}
