/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-store.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/store/bv-store-file.h"

/* Writes that pile up while the disk is busy share one transaction, up to this many. */
#define MOST_AT_ONCE 256

struct _BvStore
{
  GObject parent_instance;

  BvStoreFile *file;
  GThread *thread;
  GAsyncQueue *queue; /* of GTask with a BvStoreBatch; of STOP */
};

G_DEFINE_FINAL_TYPE (BvStore, bv_store, G_TYPE_OBJECT)

static char stop;

static void
bv_store_finalize (GObject *object)
{
  BvStore *self = BV_STORE (object);

  bv_store_close (self);
  g_clear_pointer (&self->queue, g_async_queue_unref);
  G_OBJECT_CLASS (bv_store_parent_class)->finalize (object);
}

static void
bv_store_class_init (BvStoreClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_store_finalize;
}

static void
bv_store_init (BvStore *self)
{
  self->queue = g_async_queue_new ();
}

typedef struct
{
  BvStoreFile *file;
  GAsyncQueue *queue;
} Writer;

/* Waits for one task, then takes those that are there already. Returns whether to go on. */
static gboolean
collect (GAsyncQueue *queue, GPtrArray *tasks)
{
  gpointer item = g_async_queue_pop (queue);

  while (item != NULL && item != &stop)
    {
      g_ptr_array_add (tasks, item);
      item = tasks->len < MOST_AT_ONCE ? g_async_queue_try_pop (queue) : NULL;
    }
  return item != &stop;
}

static void
write_tasks (BvStoreFile *file, GPtrArray *tasks)
{
  g_autoptr (GPtrArray) batches = g_ptr_array_new ();
  g_autofree GError **errors = g_new0 (GError *, tasks->len);

  for (guint i = 0; i < tasks->len; i++)
    g_ptr_array_add (batches, g_task_get_task_data (g_ptr_array_index (tasks, i)));
  bv_store_file_write (file, batches, errors);
  for (guint i = 0; i < tasks->len; i++)
    if (errors[i] != NULL)
      g_task_return_error (g_ptr_array_index (tasks, i), g_steal_pointer (&errors[i]));
    else
      g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static gboolean
keep_until_now (gpointer tasks)
{
  return G_SOURCE_REMOVE;
}

/* The last reference to a task, and with it to the store, is dropped where the store lives: ending
 * the store joins this thread. */
static void
hand_back (GPtrArray *tasks)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  GMainContext *context = g_task_get_context (g_ptr_array_index (tasks, 0));

  g_source_set_callback (source, keep_until_now, tasks, (GDestroyNotify)g_ptr_array_unref);
  g_source_attach (source, context);
}

static gpointer
write_in_thread (gpointer data)
{
  g_autofree Writer *writer = data;
  gboolean go_on = TRUE;

  while (go_on)
    {
      g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

      go_on = collect (writer->queue, tasks);
      if (tasks->len == 0)
        continue;
      write_tasks (writer->file, tasks);
      hand_back (g_steal_pointer (&tasks));
    }
  g_async_queue_unref (writer->queue);
  return NULL;
}

BvStore *
bv_store_new (const char *folder, GError **error)
{
  g_autoptr (BvStore) self = g_object_new (BV_TYPE_STORE, NULL);

  self->file = bv_store_file_open (folder, error);
  return self->file != NULL ? g_steal_pointer (&self) : NULL;
}

/* All rows, as BvStoreRow. Only before the first write. */
GPtrArray *
bv_store_load (BvStore *self, GError **error)
{
  g_return_val_if_fail (self->thread == NULL, NULL);
  return bv_store_file_load (self->file, error);
}

/* What was kept of TOPIC, as BvStoreFact. Only before the first write. */
GPtrArray *
bv_store_load_facts (BvStore *self, const char *topic, GError **error)
{
  g_return_val_if_fail (self->thread == NULL, NULL);
  return bv_store_file_load_facts (self->file, topic, error);
}

static void
ensure_thread (BvStore *self)
{
  Writer *writer;

  if (self->thread != NULL)
    return;
  writer = g_new0 (Writer, 1);
  writer->file = self->file;
  writer->queue = g_async_queue_ref (self->queue);
  self->thread = g_thread_new ("barevirt-store", write_in_thread, writer);
}

void
bv_store_write_async (BvStore *self, BvStoreBatch *batch, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_store_write_async);
  g_task_set_task_data (task, batch, (GDestroyNotify)bv_store_batch_free);
  if (self->file == NULL)
    {
      g_task_return_new_error (task, BV_ERROR, BV_ERROR_CANCELLED,
                               _ ("The service is about to end; nothing more is stored."));
      return;
    }
  ensure_thread (self);
  g_async_queue_push (self->queue, g_steal_pointer (&task));
}

gboolean
bv_store_write_finish (BvStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bv_store_close (BvStore *self)
{
  if (self->thread != NULL)
    {
      g_async_queue_push (self->queue, &stop);
      g_thread_join (g_steal_pointer (&self->thread));
    }
  g_clear_pointer (&self->file, bv_store_file_close);
}
