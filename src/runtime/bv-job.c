/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-job.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

struct _BvJob
{
  GObject parent_instance;

  char *operation;
  BvEntry *entry;
  BvJobState state;
  GError *error;
  gint64 start_time;
  BvProgress *progress;
};

G_DEFINE_FINAL_TYPE (BvJob, bv_job, G_TYPE_OBJECT)

enum
{
  CHANGED,
  COMPLETED,
  CANCEL,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_job_finalize (GObject *object)
{
  BvJob *self = BV_JOB (object);

  g_free (self->operation);
  g_clear_object (&self->entry);
  g_clear_object (&self->progress);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (bv_job_parent_class)->finalize (object);
}

static void
bv_job_class_init (BvJobClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_job_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", BV_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CANCEL] =
      g_signal_new ("cancel", BV_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[COMPLETED] = g_signal_new ("completed", BV_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
bv_job_progressed_cb (BvJob *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
take_progress (BvJob *self, BvProgress *progress)
{
  if (self->progress != NULL)
    g_signal_handlers_disconnect_by_data (self->progress, self);
  g_set_object (&self->progress, progress);
  g_signal_connect_object (progress, "changed", G_CALLBACK (bv_job_progressed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
bv_job_init (BvJob *self)
{
  g_autoptr (BvProgress) progress = bv_progress_new ();

  take_progress (self, progress);
  self->start_time = g_get_real_time ();
}

BvJob *
bv_job_new (const char *operation, BvEntry *entry)
{
  BvJob *self = g_object_new (BV_TYPE_JOB, NULL);

  self->operation = g_strdup (operation);
  self->entry = g_object_ref (entry);
  return self;
}

const char *
bv_job_get_operation (BvJob *self)
{
  return self->operation;
}

BvEntry *
bv_job_get_entry (BvJob *self)
{
  return self->entry;
}

BvJobState
bv_job_get_state (BvJob *self)
{
  return self->state;
}

const char *
bv_job_state_to_string (BvJobState state)
{
  static const char *const names[] = {
    [BV_JOB_RUNNING] = "running",
    [BV_JOB_SUCCEEDED] = "succeeded",
    [BV_JOB_FAILED] = "failed",
    [BV_JOB_CANCELLED] = "cancelled",
  };

  return names[state];
}

/* Of a job that failed or was cancelled, else NULL. */
const GError *
bv_job_get_error (BvJob *self)
{
  return self->error;
}

gint64
bv_job_get_start_time (BvJob *self)
{
  return self->start_time;
}

BvProgress *
bv_job_get_progress (BvJob *self)
{
  return self->progress;
}

void
bv_job_follow (BvJob *self, BvJob *other)
{
  take_progress (self, other->progress);
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
bv_job_can_cancel (BvJob *self)
{
  return self->state == BV_JOB_RUNNING &&
         g_signal_has_handler_pending (self, signals[CANCEL], 0, FALSE);
}

gboolean
bv_job_cancel (BvJob *self, GError **error)
{
  if (self->state != BV_JOB_RUNNING)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("The job has ended already."));
  else if (!bv_job_can_cancel (self))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("A job of the kind %s cannot be cancelled."), self->operation);
  else
    {
      g_signal_emit (self, signals[CANCEL], 0);
      return TRUE;
    }
  return FALSE;
}

static void
complete (BvJob *self, BvJobState state)
{
  self->state = state;
  g_signal_emit (self, signals[COMPLETED], 0);
}

void
bv_job_succeed (BvJob *self)
{
  if (self->state == BV_JOB_RUNNING)
    complete (self, BV_JOB_SUCCEEDED);
}

void
bv_job_fail (BvJob *self, const GError *error)
{
  if (self->state != BV_JOB_RUNNING)
    return;
  self->error = g_error_copy (error);
  complete (self, g_error_matches (error, BV_ERROR, BV_ERROR_CANCELLED) ? BV_JOB_CANCELLED
                                                                        : BV_JOB_FAILED);
}

void
bv_job_end (BvJob **job, const GError *error)
{
  g_autoptr (BvJob) ended = g_steal_pointer (job);

  if (ended == NULL)
    return;
  if (error == NULL)
    bv_job_succeed (ended);
  else
    bv_job_fail (ended, error);
}
