/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-monitor.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-stall-detector.h"

#define QEMU_DOWNTIME_MS 300        /* what QEMU has at first */
#define LONGEST_DOWNTIME_MS 2000000 /* and the most that it takes */
#define GIGABYTE G_GUINT64_CONSTANT (1000000000)

/* What a new downtime is for: what follows when it is set. */
typedef enum
{
  FOR_NOTHING,
  FOR_START,   /* the stall detector's first */
  FOR_TUNING,  /* one step more */
  FOR_PAUSE,   /* QEMU is to stop the guest: devices of the host need it so */
  FOR_STALL,   /* the migration is stalled */
  FOR_TIMEOUT, /* it takes too long */
} Purpose;

struct _BvMigrationMonitor
{
  const BvMigrationConfig *config;
  gboolean has_vfio;
  gint64 started;
  gint64 acceptable; /* seconds; 0: no limit */
  BvMigrationMode mode;
  gboolean pending; /* a decision is being carried out */
  gboolean aborting;

  gint64 last_progress;
  guint64 watermark;
  guint64 remaining;

  guint64 downtime_ms; /* as it was set; 0: not yet */
  gint64 tuned;

  BvStallDetector *detector; /* NULL: KubeVirt's older rules */
  BvStallRecord record;
  gint64 switchover_deadline; /* seconds */
  gboolean switching;
  gboolean first_downtime_set;
};

void
bv_migration_decision_clear (BvMigrationDecision *self)
{
  g_clear_pointer (&self->reason, g_free);
  self->action = BV_MIGRATION_NOTHING;
}

guint64
bv_migration_get_data_bytes (const BvApiVirtualMachineInstanceSpec *spec, guint64 copied)
{
  const BvApiDomainSpec *domain = spec->domain;
  const BvQuantity *memory = NULL;

  if (domain->memory != NULL && bv_quantity_is_given (&domain->memory->guest))
    memory = &domain->memory->guest;
  else if (domain->resources != NULL)
    memory =
        bv_quantity_map_get (domain->resources->requests, domain->resources->n_requests, "memory");
  return copied + (memory != NULL ? (guint64)bv_quantity_value (memory) : 0);
}

BvMigrationMonitor *
bv_migration_monitor_new (const BvMigrationConfig *config, guint64 data_bytes, gboolean has_vfio,
                          gint64 now)
{
  BvMigrationMonitor *self = g_new0 (BvMigrationMonitor, 1);
  gint64 gigabytes = (gint64)(data_bytes / GIGABYTE + (data_bytes % GIGABYTE > 0));

  self->config = config;
  self->has_vfio = has_vfio;
  self->started = now;
  self->last_progress = now;
  self->acceptable = config->completion_timeout_per_gib * gigabytes;
  self->switchover_deadline = self->acceptable;
  if (config->stall_detection)
    self->detector = bv_stall_detector_new (config, has_vfio);
  return self;
}

void
bv_migration_monitor_free (BvMigrationMonitor *self)
{
  g_clear_pointer (&self->detector, bv_stall_detector_free);
  g_free (self);
}

BvMigrationMode
bv_migration_monitor_get_mode (const BvMigrationMonitor *self)
{
  return self->mode;
}

const char *
bv_migration_mode_to_string (BvMigrationMode mode)
{
  static const char *const names[] = {
    [BV_MIGRATION_PRE_COPY] = "PreCopy",
    [BV_MIGRATION_POST_COPY] = "PostCopy",
    [BV_MIGRATION_PAUSED] = "Paused",
  };

  return names[mode];
}

static gint64
get_elapsed (const BvMigrationMonitor *self, gint64 now)
{
  return (now - self->started) / G_USEC_PER_SEC;
}

static void
decide (BvMigrationDecision *decision, BvMigrationAction action, Purpose purpose,
        guint64 downtime_ms, char *reason)
{
  decision->action = action;
  decision->purpose = purpose;
  decision->downtime_ms = downtime_ms;
  decision->reason = reason;
}

static void
abort_for (BvMigrationMonitor *self, BvMigrationDecision *decision, char *reason)
{
  if (self->aborting)
    g_free (reason);
  else
    decide (decision, BV_MIGRATION_ABORT, FOR_NOTHING, 0, reason);
}

/* KubeVirt's older rules, which hold where the feature gate MigrationStallDetection is off. */

static gboolean
is_late (const BvMigrationMonitor *self, gint64 now)
{
  return self->acceptable != 0 && get_elapsed (self, now) > self->acceptable;
}

static void
assist (BvMigrationMonitor *self, BvMigrationDecision *decision)
{
  char *reason = g_strdup_printf (
      _ ("The migration was not complete after %" G_GINT64_FORMAT " seconds."), self->acceptable);

  if (self->has_vfio)
    decide (decision, BV_MIGRATION_SET_DOWNTIME, FOR_PAUSE,
            MIN ((guint64)self->acceptable * 2000, LONGEST_DOWNTIME_MS), reason);
  else if (self->config->allow_post_copy)
    decide (decision, BV_MIGRATION_START_POST_COPY, FOR_NOTHING, 0, reason);
  else
    decide (decision, BV_MIGRATION_SUSPEND, FOR_NOTHING, 0, reason);
}

static void
converge (BvMigrationMonitor *self, gint64 now, BvMigrationDecision *decision)
{
  gint64 stuck = (now - self->last_progress) / G_USEC_PER_SEC;

  if (self->mode == BV_MIGRATION_POST_COPY)
    return;
  if (self->config->allow_workload_disruption && is_late (self, now) &&
      self->mode != BV_MIGRATION_PAUSED)
    assist (self, decision);
  else if (self->config->progress_timeout != 0 && stuck > self->config->progress_timeout)
    abort_for (
        self, decision,
        g_strdup_printf (_ ("Live migration stuck for %" G_GINT64_FORMAT " seconds: the data "
                            "that remain do not get less."),
                         stuck));
  else if (is_late (self, now))
    abort_for (
        self, decision,
        g_strdup_printf (_ ("Live migration is not completed after %" G_GINT64_FORMAT " seconds."),
                         self->acceptable));
}

/* Where the downtime is tuned, it starts low and grows in equal steps. */
static void
tune (BvMigrationMonitor *self, const BvMigrationSample *sample, gint64 now,
      BvMigrationDecision *decision)
{
  const BvMigrationConfig *config = self->config;
  guint64 step = (guint64)MAX ((config->max_downtime_ms - config->initial_ms) / config->steps, 1);
  guint64 next = self->downtime_ms + step;

  if (!config->downtime_tuning)
    return;
  if (self->downtime_ms == 0)
    next = (guint64)config->initial_ms;
  else if (sample == NULL || !(sample->known & BV_SAMPLE_ITERATION) ||
           sample->iteration < (guint64)config->start_after_iteration ||
           now - self->tuned < config->cooldown_seconds * G_USEC_PER_SEC)
    return;
  next = MIN (next, (guint64)config->max_downtime_ms);
  if (next > self->downtime_ms)
    decide (decision, BV_MIGRATION_SET_DOWNTIME, FOR_TUNING, next,
            g_strdup_printf (_ ("The guest may stand still for %" G_GUINT64_FORMAT " ms."), next));
}

/* The rules of the stall detector. */

static gint64
get_scaled_deadline (const BvMigrationMonitor *self)
{
  return (gint64)((double)self->acceptable * self->config->completion_timeout_factor);
}

static gboolean
is_past_switchover (const BvMigrationMonitor *self, gint64 now)
{
  gint64 limit = self->mode == BV_MIGRATION_PAUSED ? self->acceptable : self->switchover_deadline;

  return self->acceptable != 0 && get_elapsed (self, now) > limit;
}

static void
act_on_stall (BvMigrationMonitor *self, gint64 now, BvMigrationDecision *decision)
{
  guint32 estimate = bv_stall_detector_estimate_ms (self->detector, &self->record);
  BvStallAction action = bv_stall_detector_decide (
      self->detector, &self->record, get_elapsed (self, now), get_scaled_deadline (self));
  g_autofree char *reason = g_strdup_printf (
      _ ("The migration is stalled: the guest writes as fast as its memory is sent, and to stop it "
         "would take about %u ms."),
      estimate);

  if (action == BV_STALL_ABORT)
    abort_for (self, decision, g_steal_pointer (&reason));
  else if (action == BV_STALL_POST_COPY)
    decide (decision, BV_MIGRATION_START_POST_COPY, FOR_STALL, 0, g_steal_pointer (&reason));
  else if (action != BV_STALL_NOTHING)
    decide (decision, BV_MIGRATION_SET_DOWNTIME, FOR_STALL,
            action == BV_STALL_STOP_HARD ? LONGEST_DOWNTIME_MS
                                         : (guint64)self->config->max_downtime_ms,
            g_steal_pointer (&reason));
}

/* Until the limit of time, there is always hope; then the guest is stopped, if that helps. */
static void
act_on_timeout (BvMigrationMonitor *self, gint64 now, BvMigrationDecision *decision)
{
  gint64 elapsed = get_elapsed (self, now);
  guint32 estimate = bv_stall_detector_estimate_ms (self->detector, &self->record);
  gboolean helps =
      !self->switching &&
      bv_stall_detector_can_finish (self->detector, elapsed, get_scaled_deadline (self), estimate);
  g_autofree char *reason = g_strdup_printf (
      _ ("Live migration is not completed after %" G_GINT64_FORMAT " seconds."), elapsed);

  if (!is_past_switchover (self, now) || self->mode == BV_MIGRATION_POST_COPY)
    return;
  if (helps && self->config->allow_post_copy && !self->has_vfio)
    decide (decision, BV_MIGRATION_START_POST_COPY, FOR_TIMEOUT, 0, g_steal_pointer (&reason));
  else if (helps && self->config->allow_workload_disruption)
    decide (decision, BV_MIGRATION_SET_DOWNTIME, FOR_TIMEOUT, LONGEST_DOWNTIME_MS,
            g_steal_pointer (&reason));
  else
    abort_for (self, decision, g_steal_pointer (&reason));
}

/* Returns whether the migration is stalled now. What remains is exact only where a round begins, or
 * where the guest does not write any more. */
static gboolean
take_sample (BvMigrationMonitor *self, const BvMigrationSample *sample)
{
  const guint needed = BV_SAMPLE_DATA_REMAINING | BV_SAMPLE_ELAPSED | BV_SAMPLE_ITERATION;

  if (sample == NULL || !sample->under_way || (sample->known & needed) != needed)
    return FALSE;
  if (sample->iteration_begins || self->mode != BV_MIGRATION_PRE_COPY)
    self->record = (BvStallRecord){ sample->elapsed_ms, sample->data_remaining };
  else if (sample->known & BV_SAMPLE_MEMORY_RATE)
    bv_stall_detector_add_bandwidth (self->detector, sample->memory_rate);
  return sample->iteration_begins && !self->switching &&
         bv_stall_detector_add_record (self->detector, &self->record);
}

static void
watch_stalls (BvMigrationMonitor *self, const BvMigrationSample *sample, gint64 now,
              BvMigrationDecision *decision)
{
  guint64 first = MIN ((guint64)self->config->max_downtime_ms, QEMU_DOWNTIME_MS);

  if (sample != NULL && sample->paused_by_migration && self->mode == BV_MIGRATION_PRE_COPY)
    self->mode = BV_MIGRATION_PAUSED;
  if (self->aborting)
    return;
  if (take_sample (self, sample))
    act_on_stall (self, now, decision);
  if (decision->action == BV_MIGRATION_NOTHING)
    act_on_timeout (self, now, decision);
  if (decision->action == BV_MIGRATION_NOTHING && !self->first_downtime_set)
    decide (decision, BV_MIGRATION_SET_DOWNTIME, FOR_START, first,
            g_strdup_printf (_ ("The guest may stand still for %" G_GUINT64_FORMAT " ms."), first));
}

static void
note_progress (BvMigrationMonitor *self, const BvMigrationSample *sample, gint64 now)
{
  if (sample == NULL || !sample->under_way)
    return;
  if (sample->known & BV_SAMPLE_DATA_REMAINING)
    self->remaining = sample->data_remaining;
  if (self->watermark == 0 || self->remaining < self->watermark)
    self->last_progress = now;
  self->watermark = self->remaining;
}

void
bv_migration_monitor_feed (BvMigrationMonitor *self, const BvMigrationSample *sample, gint64 now,
                           BvMigrationDecision *decision)
{
  *decision = (BvMigrationDecision){ BV_MIGRATION_NOTHING };
  note_progress (self, sample, now);
  if (self->pending)
    return;
  if (self->detector != NULL)
    watch_stalls (self, sample, now, decision);
  else
    converge (self, now, decision);
  if (self->detector == NULL && decision->action == BV_MIGRATION_NOTHING)
    tune (self, sample, now, decision);
  self->pending = decision->action != BV_MIGRATION_NOTHING;
  if (decision->action == BV_MIGRATION_ABORT)
    self->aborting = TRUE;
}

static void
note_pause (BvMigrationMonitor *self)
{
  self->acceptable *= 2;
  self->mode = BV_MIGRATION_PAUSED;
}

static void
note_downtime (BvMigrationMonitor *self, const BvMigrationDecision *decision, gint64 now)
{
  self->downtime_ms = decision->downtime_ms;
  self->tuned = now;
  self->first_downtime_set = TRUE;
  if (decision->purpose == FOR_PAUSE)
    note_pause (self);
  if (decision->purpose == FOR_TIMEOUT)
    self->acceptable = get_scaled_deadline (self);
  if (decision->purpose == FOR_TIMEOUT || decision->purpose == FOR_STALL)
    {
      self->switching = TRUE;
      self->switchover_deadline = get_elapsed (self, now) + self->config->switchover_timeout;
    }
}

void
bv_migration_monitor_done (BvMigrationMonitor *self, const BvMigrationDecision *decision,
                           gboolean success, gint64 now)
{
  self->pending = FALSE;
  if (decision->action == BV_MIGRATION_ABORT)
    self->aborting = success;
  if (!success)
    return;
  if (decision->action == BV_MIGRATION_START_POST_COPY)
    {
      self->mode = BV_MIGRATION_POST_COPY;
      self->switching = TRUE;
    }
  else if (decision->action == BV_MIGRATION_SUSPEND)
    note_pause (self);
  else if (decision->action == BV_MIGRATION_SET_DOWNTIME)
    note_downtime (self, decision, now);
}
