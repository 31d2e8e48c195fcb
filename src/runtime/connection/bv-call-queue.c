/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-call-queue.h"

typedef struct
{
  char *key; /* NULL: a call that concerns no VM, alone in its queue */
  GQueue calls;
  gboolean running;
  gboolean running_as_suspect;
  gboolean suspect; /* the last call was not answered */
  GQueue *line;     /* the line that this VM stands in, if any */
  GList link;       /* its place there */
} VmQueue;

struct _BvCallQueue
{
  GHashTable *vms; /* key -> VmQueue */
  GQueue ready;    /* VMs with a call to start, in turn */
  GQueue suspects; /* likewise, those that share one place */
  gboolean suspect_running;
};

static VmQueue *
vm_queue_new (const char *key)
{
  VmQueue *vm = g_new0 (VmQueue, 1);

  vm->key = g_strdup (key);
  vm->link.data = vm;
  g_queue_init (&vm->calls);
  return vm;
}

static void
vm_queue_free (VmQueue *vm)
{
  if (vm->line != NULL)
    g_queue_unlink (vm->line, &vm->link);
  g_queue_clear (&vm->calls);
  g_free (vm->key);
  g_free (vm);
}

BvCallQueue *
bv_call_queue_new (void)
{
  BvCallQueue *self = g_new0 (BvCallQueue, 1);

  self->vms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)vm_queue_free);
  g_queue_init (&self->ready);
  g_queue_init (&self->suspects);
  return self;
}

void
bv_call_queue_free (BvCallQueue *self)
{
  GPtrArray *calls = bv_call_queue_drain (self);

  g_ptr_array_unref (calls);
  g_hash_table_unref (self->vms);
  g_free (self);
}

/* Puts a VM into the line that it belongs in now; forgets it when nothing is to be known of it. */
static void
settle (BvCallQueue *self, VmQueue *vm)
{
  GQueue *line = vm->suspect ? &self->suspects : &self->ready;

  if (vm->running || g_queue_is_empty (&vm->calls))
    line = NULL;

  if (line != vm->line)
    {
      if (vm->line != NULL)
        g_queue_unlink (vm->line, &vm->link);
      vm->line = line;
      if (line != NULL)
        g_queue_push_tail_link (line, &vm->link);
    }

  if (line != NULL || vm->running || vm->suspect)
    return;
  if (vm->key != NULL)
    g_hash_table_remove (self->vms, vm->key);
  else
    vm_queue_free (vm);
}

/**
 * bv_call_queue_push:
 * @self: the queue
 * @vm_key: (nullable): the VM that the call concerns
 * @call: the call
 *
 * Adds a call behind the others of the same VM.
 */
void
bv_call_queue_push (BvCallQueue *self, const char *vm_key, gpointer call)
{
  VmQueue *vm = vm_key != NULL ? g_hash_table_lookup (self->vms, vm_key) : NULL;

  if (vm == NULL)
    {
      vm = vm_queue_new (vm_key);
      if (vm_key != NULL)
        g_hash_table_insert (self->vms, vm->key, vm);
    }
  g_queue_push_tail (&vm->calls, call);
  settle (self, vm);
}

/**
 * bv_call_queue_has_ready:
 * @self: the queue
 *
 * Returns: whether bv_call_queue_pop() has a call to give
 */
gboolean
bv_call_queue_has_ready (BvCallQueue *self)
{
  return !g_queue_is_empty (&self->ready) ||
         (!self->suspect_running && !g_queue_is_empty (&self->suspects));
}

/**
 * bv_call_queue_pop:
 * @self: the queue
 *
 * Takes the next call that may start. It counts as in flight until bv_call_queue_finish().
 *
 * Returns: (nullable): the call, %NULL if none may start
 */
gpointer
bv_call_queue_pop (BvCallQueue *self)
{
  VmQueue *vm;
  gpointer call;

  if (!bv_call_queue_has_ready (self))
    return NULL;

  vm = g_queue_peek_head (g_queue_is_empty (&self->ready) ? &self->suspects : &self->ready);
  call = g_queue_pop_head (&vm->calls);
  vm->running = vm->key != NULL;
  vm->running_as_suspect = vm->suspect;
  if (vm->suspect)
    self->suspect_running = TRUE;
  settle (self, vm);
  return call;
}

/**
 * bv_call_queue_finish:
 * @self: the queue
 * @vm_key: (nullable): the VM that the finished call concerned
 * @unresponsive: whether the VM left the call unanswered
 *
 * Tells that a call taken with bv_call_queue_pop() is over.
 */
void
bv_call_queue_finish (BvCallQueue *self, const char *vm_key, gboolean unresponsive)
{
  VmQueue *vm = vm_key != NULL ? g_hash_table_lookup (self->vms, vm_key) : NULL;

  if (vm == NULL)
    return;
  g_return_if_fail (vm->running);

  if (vm->running_as_suspect)
    self->suspect_running = FALSE;
  vm->running = vm->running_as_suspect = FALSE;
  vm->suspect = unresponsive;
  settle (self, vm);
}

/**
 * bv_call_queue_remove:
 * @self: the queue
 * @vm_key: (nullable): the VM that the call concerns
 * @call: the call
 *
 * Takes out a call that has not started.
 *
 * Returns: whether it was there
 */
gboolean
bv_call_queue_remove (BvCallQueue *self, const char *vm_key, gpointer call)
{
  VmQueue *vm = vm_key != NULL ? g_hash_table_lookup (self->vms, vm_key) : NULL;

  for (GList *l = self->ready.head; vm == NULL && vm_key == NULL && l != NULL; l = l->next)
    {
      VmQueue *other = l->data;

      if (other->key == NULL && g_queue_peek_head (&other->calls) == call)
        vm = other;
    }
  if (vm == NULL || !g_queue_remove (&vm->calls, call))
    return FALSE;
  settle (self, vm);
  return TRUE;
}

/**
 * bv_call_queue_forgive:
 * @self: the queue
 * @vm_key: a VM
 *
 * Tells that a VM will answer again, or is no more: it need not share a place any longer.
 */
void
bv_call_queue_forgive (BvCallQueue *self, const char *vm_key)
{
  VmQueue *vm = g_hash_table_lookup (self->vms, vm_key);

  if (vm == NULL)
    return;
  vm->suspect = FALSE;
  settle (self, vm);
}

/**
 * bv_call_queue_drain:
 * @self: the queue
 *
 * Takes out all calls that have not started.
 *
 * Returns: (transfer container): the calls
 */
GPtrArray *
bv_call_queue_drain (BvCallQueue *self)
{
  GQueue *lines[] = { &self->ready, &self->suspects };
  GPtrArray *calls = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    while (!g_queue_is_empty (lines[i]))
      {
        VmQueue *vm = g_queue_peek_head (lines[i]);

        while (!g_queue_is_empty (&vm->calls))
          g_ptr_array_add (calls, g_queue_pop_head (&vm->calls));
        settle (self, vm);
      }

  /* Those behind a call in flight. */
  g_hash_table_iter_init (&iter, self->vms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    while (!g_queue_is_empty (&((VmQueue *)value)->calls))
      g_ptr_array_add (calls, g_queue_pop_head (&((VmQueue *)value)->calls));
  return calls;
}
