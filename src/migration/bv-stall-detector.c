/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-stall-detector.h"

struct _BvStallDetector
{
  const BvMigrationConfig *config;
  gboolean has_vfio;

  double bandwidth; /* bytes in a second, smoothed; 0: not known */

  GQueue *window; /* of BvStallRecord: falling, and none older than the window */
  gboolean has_oldest;
  BvStallRecord oldest_best; /* the least of those that left the window */

  gboolean stalled;
  guint64 best;       /* the least that was left, as far as one still hopes for it */
  GArray *later;      /* guint64, sorted: what was left since it stalled */
  double patience_ms; /* until one hopes for less */
  double patient_until_ms;
};

BvStallDetector *
bv_stall_detector_new (const BvMigrationConfig *config, gboolean has_vfio)
{
  BvStallDetector *self = g_new0 (BvStallDetector, 1);

  self->config = config;
  self->has_vfio = has_vfio;
  self->window = g_queue_new ();
  self->later = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

void
bv_stall_detector_free (BvStallDetector *self)
{
  g_queue_free_full (self->window, g_free);
  g_array_unref (self->later);
  g_free (self);
}

void
bv_stall_detector_add_bandwidth (BvStallDetector *self, guint64 bytes_per_second)
{
  double alpha = self->config->ewma_alpha;

  if (self->bandwidth == 0)
    self->bandwidth = (double)bytes_per_second;
  else
    self->bandwidth = alpha * (double)bytes_per_second + (1 - alpha) * self->bandwidth;
}

static double
get_window_ms (const BvStallDetector *self)
{
  return (double)self->config->stall_progress_timeout * 1000;
}

static void
age (BvStallDetector *self, guint64 now_ms)
{
  while (!g_queue_is_empty (self->window))
    {
      BvStallRecord *oldest = g_queue_peek_head (self->window);

      if ((double)(now_ms - oldest->elapsed_ms) < get_window_ms (self))
        return;
      if (!self->has_oldest || oldest->remaining < self->oldest_best.remaining)
        self->oldest_best = *oldest;
      self->has_oldest = TRUE;
      g_free (g_queue_pop_head (self->window));
    }
}

/* Only what is less than all before it can ever be the least of those that left the window. */
static void
remember (BvStallDetector *self, const BvStallRecord *record)
{
  const BvStallRecord *last = g_queue_peek_tail (self->window);

  age (self, record->elapsed_ms);
  last = g_queue_peek_tail (self->window);
  if (self->has_oldest && record->remaining > self->oldest_best.remaining)
    return;
  if (last != NULL && record->remaining >= last->remaining)
    return;
  g_queue_push_tail (self->window, g_memdup2 (record, sizeof *record));
}

static gboolean
gets_no_further (const BvStallDetector *self, guint64 remaining)
{
  double margin = (double)self->config->stall_margin / 100;

  return self->has_oldest &&
         (double)remaining >= (double)self->oldest_best.remaining * (1 - margin);
}

static guint64
find_best (const BvStallDetector *self)
{
  guint64 best = self->oldest_best.remaining;

  for (GList *item = self->window->head; item != NULL; item = item->next)
    best = MIN (best, ((const BvStallRecord *)item->data)->remaining);
  return best;
}

static void
begin_stall (BvStallDetector *self, const BvStallRecord *record)
{
  self->stalled = TRUE;
  self->best = find_best (self);
  self->patience_ms = get_window_ms (self);
  self->patient_until_ms = (double)record->elapsed_ms + self->patience_ms;
}

static void
insert_sorted (GArray *values, guint64 value)
{
  guint place = 0;

  while (place < values->len && g_array_index (values, guint64, place) < value)
    place++;
  g_array_insert_val (values, place, value);
}

/* Who waits in vain for so little to be left settles for more, and ever sooner. */
static void
relax (BvStallDetector *self, const BvStallRecord *record)
{
  insert_sorted (self->later, record->remaining);
  if ((double)record->elapsed_ms < self->patient_until_ms)
    return;
  self->best = g_array_index (self->later, guint64, 0);
  g_array_remove_index (self->later, 0);
  self->patience_ms *= self->config->patience_window_decay_factor;
  self->patient_until_ms = (double)record->elapsed_ms + self->patience_ms;
}

gboolean
bv_stall_detector_add_record (BvStallDetector *self, const BvStallRecord *record)
{
  if (self->bandwidth == 0)
    return FALSE;
  remember (self, record);
  if (self->stalled)
    relax (self, record);
  else if (gets_no_further (self, record->remaining))
    begin_stall (self, record);
  return self->stalled;
}

guint32
bv_stall_detector_estimate_ms (const BvStallDetector *self, const BvStallRecord *record)
{
  double estimate;

  if (self->bandwidth == 0)
    return 0;
  estimate = (double)record->remaining / (self->bandwidth / 1000);
  return estimate > G_MAXUINT32 ? G_MAXUINT32 : (guint32)estimate;
}

gboolean
bv_stall_detector_can_finish (const BvStallDetector *self, gint64 elapsed_seconds,
                              gint64 deadline_seconds, guint32 estimate_ms)
{
  return self->bandwidth > 0 && (gint64)estimate_ms <= (deadline_seconds - elapsed_seconds) * 1000;
}

static gboolean
is_at_minimum (const BvStallDetector *self, const BvStallRecord *record)
{
  double margin = (double)self->config->stall_margin / 100;

  return (double)record->remaining <= (double)self->best * (1 + margin);
}

BvStallAction
bv_stall_detector_decide (const BvStallDetector *self, const BvStallRecord *record,
                          gint64 elapsed_seconds, gint64 deadline_seconds)
{
  const BvMigrationConfig *config = self->config;
  guint32 estimate = bv_stall_detector_estimate_ms (self, record);

  if (config->search_local_minima && !is_at_minimum (self, record))
    return BV_STALL_NOTHING;
  if (!bv_stall_detector_can_finish (self, elapsed_seconds, deadline_seconds, estimate))
    return BV_STALL_NOTHING;
  if (config->allow_workload_disruption)
    return config->allow_post_copy && !self->has_vfio ? BV_STALL_POST_COPY : BV_STALL_STOP_HARD;
  if ((double)estimate <=
      (double)config->max_downtime_ms * MAX (config->precopy_possible_factor, 1))
    return BV_STALL_STOP_SOFT;
  return BV_STALL_ABORT;
}
