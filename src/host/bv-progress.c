/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-progress.h"

/* Those who watch are told as often as they can read. */
#define INTERVAL_MSEC 250

struct _BvProgress
{
  GObject parent_instance;

  GMutex lock; /* of all below */
  char *step;
  guint64 done;
  guint64 total;
  gboolean telling; /* the main loop is going to tell of a change */
  gint64 told;      /* when it last did, in microseconds */
};

G_DEFINE_FINAL_TYPE (BvProgress, bv_progress, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_progress_finalize (GObject *object)
{
  BvProgress *self = BV_PROGRESS (object);

  g_free (self->step);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bv_progress_parent_class)->finalize (object);
}

static void
bv_progress_class_init (BvProgressClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_progress_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_PROGRESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
bv_progress_init (BvProgress *self)
{
  g_mutex_init (&self->lock);
}

BvProgress *
bv_progress_new (void)
{
  return g_object_new (BV_TYPE_PROGRESS, NULL);
}

static gboolean
bv_progress_tell_cb (gpointer user_data)
{
  BvProgress *self = user_data;

  g_mutex_lock (&self->lock);
  self->telling = FALSE;
  self->told = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* What comes first is told at once. */
static guint
get_delay (BvProgress *self)
{
  gint64 passed = (g_get_monotonic_time () - self->told) / 1000;

  return self->told == 0 || passed > INTERVAL_MSEC ? 0 : (guint)(INTERVAL_MSEC - passed);
}

void
bv_progress_set (BvProgress *self, const char *step, guint64 done, guint64 total)
{
  gboolean tell;
  guint delay;

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (g_strcmp0 (self->step, step) != 0)
    {
      g_free (self->step);
      self->step = g_strdup (step);
    }
  self->done = done;
  self->total = total;
  tell = !self->telling;
  self->telling = TRUE;
  delay = get_delay (self);
  g_mutex_unlock (&self->lock);
  if (tell)
    g_timeout_add_full (G_PRIORITY_DEFAULT, delay, bv_progress_tell_cb, g_object_ref (self),
                        g_object_unref);
}

/* NULL before the first. */
char *
bv_progress_dup_step (BvProgress *self)
{
  char *step;

  g_mutex_lock (&self->lock);
  step = g_strdup (self->step);
  g_mutex_unlock (&self->lock);
  return step;
}

/* How much of the step is done, from 0 to 1, or -1 where that is not known. */
double
bv_progress_get_fraction (BvProgress *self)
{
  double fraction = -1;

  g_mutex_lock (&self->lock);
  if (self->total > 0)
    fraction = (double)MIN (self->done, self->total) / (double)self->total;
  g_mutex_unlock (&self->lock);
  return fraction;
}
