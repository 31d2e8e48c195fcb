/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-mutation-queue.h"

struct _BvMutation
{
  BvMutationPrepare prepare;
  BvMutationFinish finish;
  gpointer user_data;
  gboolean held; /* it is not ready */
};

struct _BvMutationQueue
{
  BvStore *store;
  GQueue waiting;      /* of BvMutation */
  BvMutation *current; /* the one that is being stored */
  gboolean running;
  gboolean held; /* the last one still takes effect */
};

BvMutationQueue *
bv_mutation_queue_new (BvStore *store)
{
  BvMutationQueue *self = g_rc_box_new0 (BvMutationQueue);

  self->store = g_object_ref (store);
  g_queue_init (&self->waiting);
  return self;
}

static void
queue_clear (gpointer data)
{
  BvMutationQueue *self = data;

  g_queue_clear_full (&self->waiting, g_free);
  g_clear_object (&self->store);
}

void
bv_mutation_queue_unref (BvMutationQueue *self)
{
  g_rc_box_release_full (self, queue_clear);
}

static void run_next (BvMutationQueue *self);

static void
bv_mutation_queue_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMutationQueue) self = user_data;
  g_autofree BvMutation *mutation = g_steal_pointer (&self->current);
  g_autoptr (GError) error = NULL;

  bv_store_write_finish (BV_STORE (source), result, &error);
  mutation->finish (mutation->user_data, error);
  run_next (self);
}

/* Begins MUTATION; returns whether it is over already. */
static gboolean
run (BvMutationQueue *self, BvMutation *mutation)
{
  g_autoptr (GError) error = NULL;
  BvStoreBatch *batch = mutation->prepare (mutation->user_data, &error);

  if (batch != NULL)
    {
      self->current = mutation;
      bv_store_write_async (self->store, batch, bv_mutation_queue_stored_cb,
                            g_rc_box_acquire (self));
      return FALSE;
    }
  mutation->finish (mutation->user_data, error);
  g_free (mutation);
  return TRUE;
}

/* A finish function may push; that one waits for its turn in this loop. */
static void
run_next (BvMutationQueue *self)
{
  BvMutation *mutation;

  if (self->running)
    return;
  self->running = TRUE;
  while (self->current == NULL && !self->held &&
         (mutation = g_queue_peek_head (&self->waiting)) != NULL && !mutation->held)
    run (self, g_queue_pop_head (&self->waiting));
  self->running = FALSE;
}

static BvMutation *
push (BvMutationQueue *self, BvMutationPrepare prepare, BvMutationFinish finish, gpointer user_data)
{
  BvMutation *mutation = g_new0 (BvMutation, 1);

  mutation->prepare = prepare;
  mutation->finish = finish;
  mutation->user_data = user_data;
  g_queue_push_tail (&self->waiting, mutation);
  return mutation;
}

void
bv_mutation_queue_push (BvMutationQueue *self, BvMutationPrepare prepare, BvMutationFinish finish,
                        gpointer user_data)
{
  push (self, prepare, finish, user_data);
  run_next (self);
}

BvMutation *
bv_mutation_queue_push_held (BvMutationQueue *self, BvMutationPrepare prepare,
                             BvMutationFinish finish, gpointer user_data)
{
  BvMutation *mutation = push (self, prepare, finish, user_data);

  mutation->held = TRUE;
  return mutation;
}

void
bv_mutation_queue_let_go (BvMutationQueue *self, BvMutation *mutation)
{
  mutation->held = FALSE;
  run_next (self);
}

void
bv_mutation_queue_hold (BvMutationQueue *self)
{
  self->held = TRUE;
}

void
bv_mutation_queue_release (BvMutationQueue *self)
{
  self->held = FALSE;
  run_next (self);
}
