/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-worker.h"

typedef struct
{
  BvWorkerFunc func;
  gpointer data;
} Work;

static void
run_work (gpointer data, gpointer user_data)
{
  g_autofree Work *work = data;

  work->func (work->data);
}

/**
 * bv_worker_pool_new:
 *
 * Makes a pool of threads without a limit; idle ones end by themselves.
 *
 * Returns: (transfer full): the pool, for g_thread_pool_free()
 */
GThreadPool *
bv_worker_pool_new (void)
{
  return g_thread_pool_new (run_work, NULL, -1, FALSE, NULL);
}

/**
 * bv_worker_pool_new_small:
 *
 * Makes a pool of two threads; what else there is to do waits.
 *
 * Returns: (transfer full): the pool, for g_thread_pool_free()
 */
GThreadPool *
bv_worker_pool_new_small (void)
{
  return g_thread_pool_new (run_work, NULL, 2, FALSE, NULL);
}

/**
 * bv_worker_push:
 * @pool: a pool of bv_worker_pool_new()
 * @func: what to run
 * @data: its argument
 *
 * Runs @func in a thread. Should no thread be had, it waits for one that there is.
 */
void
bv_worker_push (GThreadPool *pool, BvWorkerFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Work *work = g_new0 (Work, 1);

  work->func = func;
  work->data = data;
  if (!g_thread_pool_push (pool, work, &error))
    g_warning ("No new thread can be had: %s", error->message);
}

typedef struct
{
  BvTaskFunc func;
  GTask *task;
} TaskWork;

static gboolean
bv_worker_task_over_cb (gpointer user_data)
{
  g_object_unref (user_data);
  return G_SOURCE_REMOVE;
}

/* What the task holds is freed in the main loop, whoever of both is done with it last. */
static void
run_task (gpointer data)
{
  g_autofree TaskWork *work = data;

  work->func (work->task);
  g_idle_add_full (G_PRIORITY_DEFAULT, bv_worker_task_over_cb, work->task, NULL);
}

/**
 * bv_worker_push_task:
 * @pool: a pool of bv_worker_pool_new()
 * @func: what to run; it returns a result or an error to its task
 * @task: (transfer full): its task
 *
 * Runs @func in a thread.
 */
void
bv_worker_push_task (GThreadPool *pool, BvTaskFunc func, GTask *task)
{
  TaskWork *work = g_new0 (TaskWork, 1);

  work->func = func;
  work->task = task;
  bv_worker_push (pool, run_task, work);
}
