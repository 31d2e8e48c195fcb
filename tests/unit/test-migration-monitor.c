/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-monitor.h"
#include "migration/bv-stall-detector.h"

#include <string.h>

/* The monitor of a migration: samples and the time in, decisions out. Each row is what libvirt told
 * at a second, and what has to follow. */

#define MB G_GUINT64_CONSTANT (1000000)

typedef struct
{
  double second;
  gint64 remaining_mb; /* -1: libvirt did not tell */
  guint iteration;     /* a number with NEW added: that round just begins */
  BvMigrationAction action;
  guint64 downtime_ms;
  gboolean fails; /* what was decided cannot be done */
} Row;

#define NEW 1000
#define PAUSED_BY_QEMU 2000

typedef struct
{
  const char *name;
  void (*change) (BvMigrationConfig *config);
  guint64 data_mb;
  gboolean vfio;
  const Row *rows;
  guint n_rows;
  BvMigrationMode mode;
} Case;

#define ROWS(name) name, G_N_ELEMENTS (name)
#define ABORT BV_MIGRATION_ABORT
#define POST_COPY BV_MIGRATION_START_POST_COPY
#define SUSPEND BV_MIGRATION_SUSPEND
#define DOWNTIME BV_MIGRATION_SET_DOWNTIME
#define NOTHING BV_MIGRATION_NOTHING

static void
keep (BvMigrationConfig *config)
{
}

static void
allow_post_copy (BvMigrationConfig *config)
{
  config->allow_post_copy = TRUE;
  config->allow_workload_disruption = TRUE;
}

static void
allow_post_copy_only (BvMigrationConfig *config)
{
  config->allow_post_copy = TRUE;
}

static void
allow_disruption (BvMigrationConfig *config)
{
  config->allow_workload_disruption = TRUE;
}

static void
set_no_timeouts (BvMigrationConfig *config)
{
  config->completion_timeout_per_gib = 0;
  config->progress_timeout = 0;
}

static void
allow_tuning (BvMigrationConfig *config)
{
  config->downtime_tuning = TRUE;
}

static void
detect_stalls (BvMigrationConfig *config)
{
  config->stall_detection = TRUE;
}

static void
detect_stalls_and_disrupt (BvMigrationConfig *config)
{
  detect_stalls (config);
  allow_disruption (config);
}

static void
detect_stalls_and_post_copy (BvMigrationConfig *config)
{
  detect_stalls (config);
  allow_post_copy (config);
}

static void
detect_stalls_at_once (BvMigrationConfig *config)
{
  detect_stalls (config);
  config->search_local_minima = FALSE;
  config->max_downtime_ms = 200;
}

/* 150 seconds for each GB, of which 1.2 count as two. */
static const Row complete[] = { { 1, 1000, 1 }, { 100, 500, 2 }, { 249, 499, 3 } };
static const Row late[] = {
  { 200, 1000, 1 }, { 300, 500, 2 }, { 300.9, 499, 2 }, { 301, 400, 3, ABORT }
};
static const Row aborts_once[] = { { 301, 400, 3, ABORT }, { 302, 400, 3 }, { 310, 399, 3 } };
static const Row aborts_again[] = { { 301, 400, 3, ABORT, 0, TRUE }, { 302, 399, 3, ABORT } };
/* Less than before counts, also where it was more meanwhile. */
static const Row stuck[] = {
  { 1, 900, 1 }, { 100, 900, 1 }, { 151, 900, 1 }, { 152, 900, 1, ABORT }
};
static const Row wavy[] = {
  { 1, 900, 1 }, { 100, 950, 1 }, { 150, 940, 1 }, { 290, 940, 1 }, { 299, 940, 1 }
};
static const Row silent[] = { { 1, 900, 1 }, { 100, -1, 0 }, { 152, -1, 0, ABORT } };
static const Row forever[] = { { 1, 900, 1 }, { 100000, 900, 1 } };
static const Row post_copy[] = {
  { 300, 900, 1, NOTHING }, { 301, 800, 1, POST_COPY }, { 1000, 800, 1 }, { 100000, 800, 1 }
};
static const Row post_copy_fails[] = { { 301, 800, 1, POST_COPY, 0, TRUE },
                                       { 302, 799, 1, POST_COPY } };
static const Row suspends[] = { { 301, 800, 1, SUSPEND },
                                { 302, 799, 1 },
                                { 450, 500, 1 },
                                { 600, 499, 1 },
                                { 601, 400, 1, ABORT } };
static const Row suspend_fails[] = { { 301, 800, 1, SUSPEND, 0, TRUE }, { 302, 799, 1, SUSPEND } };
static const Row vfio[] = {
  { 301, 800, 1, DOWNTIME, 600000 }, { 450, 500, 1 }, { 600, 499, 1 }, { 601, 400, 1, ABORT }
};
static const Row vfio_large[] = { { 3001, 800, 1, DOWNTIME, 2000000 }, { 3002, 700, 1 } };

/* 150 ms, and from the third round on a seventh of the rest every ten seconds. */
static const Row tuned[] = {
  { 0.4, 900, 1, DOWNTIME, 150 },
  { 1, 890, 1 },
  { 20, 880, 2 },
  { 21, 870, 3, DOWNTIME, 257 },
  { 30, 860, 4 },
  { 31, 850, 4, DOWNTIME, 364 },
  { 41, 840, 5, DOWNTIME, 471 },
  { 51, 830, 6, DOWNTIME, 578 },
  { 61, 820, 7, DOWNTIME, 685 },
  { 71, 810, 8, DOWNTIME, 792 },
  { 81, 800, 9, DOWNTIME, 899 },
  { 91, 790, 10, DOWNTIME, 900 },
  { 110, 780, 11 },
};
static const Row tuning_fails[] = { { 1, 900, 1, DOWNTIME, 150, TRUE },
                                    { 2, 890, 1, DOWNTIME, 150 } };

/* QEMU's own downtime first; then the guest keeps 500 MB dirty, at 100 MB in a second. What was
 * left 40 s before is the measure. */
#define TO_STALL                                                                                   \
  { 0.4, 1000, 1, DOWNTIME, 300 }, { 1, 900, 1 }, { 10, 600, NEW + 2 }, { 15, 400, 2 },            \
      { 20, 500, NEW + 3 }, { 30, 520, NEW + 4 },                                                  \
  {                                                                                                \
    40, 510, NEW + 5                                                                               \
  }
static const Row stall_aborts[] = { TO_STALL, { 61, 500, NEW + 6, ABORT }, { 62, 500, NEW + 7 } };
static const Row stall_stops_hard[] = { TO_STALL,
                                        { 61, 500, NEW + 6, DOWNTIME, 2000000 },
                                        { 62, 400, 6 },
                                        { 100, 500, NEW + 7 },
                                        { 122, 500, 7, ABORT } };
static const Row stall_stop_fails[] = { TO_STALL,
                                        { 61, 500, NEW + 6, DOWNTIME, 2000000, TRUE },
                                        { 62, 500, NEW + 7, DOWNTIME, 2000000 } };
static const Row stall_paused[] = { TO_STALL,
                                    { 61, 500, NEW + 6, DOWNTIME, 2000000 },
                                    { 62, 400, PAUSED_BY_QEMU + 6 },
                                    { 130, 100, 6 } };
static const Row stall_post_copies[] = { TO_STALL,
                                         { 61, 500, NEW + 6, POST_COPY },
                                         { 1000, 9, 7 } };
/* It waits for as little as there was once, and for less and less of that. */
static const Row stall_waits[] = {
  TO_STALL, { 61, 700, NEW + 6 }, { 70, 690, NEW + 7 }, { 102, 680, NEW + 8, DOWNTIME, 2000000 }
};
static const Row no_stall[] = { TO_STALL, { 61, 300, NEW + 6 }, { 65, 100, NEW + 7 } };
static const Row soft[] = { { 0.4, 1000, 1, DOWNTIME, 200 },
                            { 1, 900, 1 },
                            { 10, 29, NEW + 2 },
                            { 51, 29, NEW + 3, DOWNTIME, 200 } };
static const Row too_long[] = {
  { 0.4, 1000, 1, DOWNTIME, 200 }, { 1, 900, 1 }, { 10, 31, NEW + 2 }, { 51, 31, NEW + 3, ABORT }
};
static const Row stall_late[] = {
  { 0.4, 1000, 1, DOWNTIME, 300 },    { 1, 900, 1 },   { 100, 1000, NEW + 2 },
  { 301, 800, 2, DOWNTIME, 2000000 }, { 360, 700, 2 }, { 362, 600, 2, ABORT }
};
static const Row stall_late_refused[] = { { 0.4, 1000, 1, DOWNTIME, 300 },
                                          { 1, 900, 1 },
                                          { 301, 800, 2, ABORT } };
static const Row no_bandwidth[] = { { 0.4, -1, 0, DOWNTIME, 300 }, { 301, -1, 0, ABORT } };
/* The link is so slow that stopping the guest would not end in time. */
static const Row hopeless[] = { { 0.4, 100000, 1, DOWNTIME, 300 },
                                { 1, 100000, 1 },
                                { 10, 90000, NEW + 2 },
                                { 51, 90000, NEW + 3 },
                                { 301, 90000, 3, ABORT } };

static const Case cases[] = {
  { "complete", keep, 1200, FALSE, ROWS (complete) },
  { "late", keep, 1200, FALSE, ROWS (late) },
  { "aborts-once", keep, 1200, FALSE, ROWS (aborts_once) },
  { "aborts-again", keep, 1200, FALSE, ROWS (aborts_again) },
  { "stuck", keep, 5000, FALSE, ROWS (stuck) },
  { "wavy", keep, 5000, FALSE, ROWS (wavy) },
  { "silent", keep, 5000, FALSE, ROWS (silent) },
  { "forever", set_no_timeouts, 1200, FALSE, ROWS (forever) },
  { "post-copy", allow_post_copy, 1200, FALSE, ROWS (post_copy), BV_MIGRATION_POST_COPY },
  { "post-copy/fails", allow_post_copy, 1200, FALSE, ROWS (post_copy_fails),
    BV_MIGRATION_POST_COPY },
  { "post-copy/no-disruption", allow_post_copy_only, 1200, FALSE, ROWS (late) },
  { "suspends", allow_disruption, 1200, FALSE, ROWS (suspends), BV_MIGRATION_PAUSED },
  { "suspends/fails", allow_disruption, 1200, FALSE, ROWS (suspend_fails), BV_MIGRATION_PAUSED },
  { "vfio", allow_post_copy, 1200, TRUE, ROWS (vfio), BV_MIGRATION_PAUSED },
  { "vfio/large", allow_disruption, 20000, TRUE, ROWS (vfio_large), BV_MIGRATION_PAUSED },
  { "tuned", allow_tuning, 5000, FALSE, ROWS (tuned) },
  { "tuned/fails", allow_tuning, 5000, FALSE, ROWS (tuning_fails) },
  { "stall/aborts", detect_stalls, 1200, FALSE, ROWS (stall_aborts) },
  { "stall/stops-hard", detect_stalls_and_disrupt, 1200, FALSE, ROWS (stall_stops_hard) },
  { "stall/stop-fails", detect_stalls_and_disrupt, 1200, FALSE, ROWS (stall_stop_fails) },
  { "stall/paused", detect_stalls_and_disrupt, 1200, FALSE, ROWS (stall_paused),
    BV_MIGRATION_PAUSED },
  { "stall/post-copy", detect_stalls_and_post_copy, 1200, FALSE, ROWS (stall_post_copies),
    BV_MIGRATION_POST_COPY },
  { "stall/vfio", detect_stalls_and_post_copy, 1200, TRUE, ROWS (stall_stops_hard) },
  { "stall/waits", detect_stalls_and_disrupt, 1200, FALSE, ROWS (stall_waits) },
  { "stall/none", detect_stalls, 1200, FALSE, ROWS (no_stall) },
  { "stall/soft", detect_stalls_at_once, 1200, FALSE, ROWS (soft) },
  { "stall/too-long", detect_stalls_at_once, 1200, FALSE, ROWS (too_long) },
  { "stall/late", detect_stalls_and_disrupt, 1200, FALSE, ROWS (stall_late) },
  { "stall/late/refused", detect_stalls, 1200, FALSE, ROWS (stall_late_refused) },
  { "stall/no-bandwidth", detect_stalls_and_disrupt, 1200, FALSE, ROWS (no_bandwidth) },
  { "stall/hopeless", detect_stalls_and_disrupt, 1200, FALSE, ROWS (hopeless) },
};

/* KubeVirt's defaults. */
static const BvMigrationConfig defaults = {
  .completion_timeout_per_gib = 150,
  .progress_timeout = 150,
  .max_downtime_ms = 900,
  .stall_margin = 4,
  .stall_progress_timeout = 40,
  .switchover_timeout = 60,
  .ewma_alpha = 0.4,
  .precopy_possible_factor = 1.5,
  .patience_window_decay_factor = 0.5,
  .search_local_minima = TRUE,
  .completion_timeout_factor = 2,
  .initial_ms = 150,
  .steps = 7,
  .start_after_iteration = 3,
  .cooldown_seconds = 10,
};

static BvMigrationSample
make_sample (const Row *row)
{
  return (BvMigrationSample){
    .under_way = TRUE,
    .known =
        BV_SAMPLE_DATA_REMAINING | BV_SAMPLE_ELAPSED | BV_SAMPLE_ITERATION | BV_SAMPLE_MEMORY_RATE,
    .elapsed_ms = (guint64)(row->second * 1000),
    .data_remaining = (guint64)row->remaining_mb * MB,
    .memory_rate = 100 * MB,
    .iteration = row->iteration % 1000,
    .iteration_begins = row->iteration / 1000 == 1,
    .paused_by_migration = row->iteration / 1000 == 2,
  };
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  BvMigrationConfig config = defaults;
  g_autoptr (BvMigrationMonitor) monitor = NULL;

  self->change (&config);
  monitor = bv_migration_monitor_new (&config, self->data_mb * MB, self->vfio, 7 * G_USEC_PER_SEC);
  for (guint i = 0; i < self->n_rows; i++)
    {
      const Row *row = &self->rows[i];
      BvMigrationSample sample = make_sample (row);
      gint64 now = (gint64)((7 + row->second) * G_USEC_PER_SEC);
      g_auto (BvMigrationDecision) decision = { 0 };

      g_test_message ("row %u, second %g", i, row->second);
      bv_migration_monitor_feed (monitor, row->remaining_mb < 0 ? NULL : &sample, now, &decision);
      g_assert_cmpint (decision.action, ==, row->action);
      g_assert_cmpuint (decision.downtime_ms, ==, row->downtime_ms);
      g_assert_cmpint (decision.reason != NULL, ==, row->action != NOTHING);
      if (row->action != NOTHING)
        bv_migration_monitor_done (monitor, &decision, !row->fails, now);
    }
  g_assert_cmpint (bv_migration_monitor_get_mode (monitor), ==, self->mode);
}

/* While one decision is carried out, there is no other. */
static void
test_pending (void)
{
  BvMigrationConfig config = defaults;
  g_autoptr (BvMigrationMonitor) monitor = NULL;
  g_auto (BvMigrationDecision) first = { 0 };
  g_auto (BvMigrationDecision) second = { 0 };

  allow_disruption (&config);
  monitor = bv_migration_monitor_new (&config, MB, FALSE, 0);
  bv_migration_monitor_feed (monitor, NULL, 151 * G_USEC_PER_SEC, &first);
  g_assert_cmpint (first.action, ==, SUSPEND);
  bv_migration_monitor_feed (monitor, NULL, 152 * G_USEC_PER_SEC, &second);
  g_assert_cmpint (second.action, ==, NOTHING);
  g_assert_cmpint (bv_migration_monitor_get_mode (monitor), ==, BV_MIGRATION_PRE_COPY);
  bv_migration_monitor_done (monitor, &first, TRUE, 153 * G_USEC_PER_SEC);
  g_assert_cmpint (bv_migration_monitor_get_mode (monitor), ==, BV_MIGRATION_PAUSED);
}

static void
test_sample (void)
{
  virTypedParameterPtr params = NULL;
  int n = 0;
  int room = 0;
  BvMigrationSample sample = { .iteration_begins = TRUE };

  virTypedParamsAddULLong (&params, &n, &room, VIR_DOMAIN_JOB_DATA_REMAINING, 12345);
  virTypedParamsAddULLong (&params, &n, &room, VIR_DOMAIN_JOB_MEMORY_BPS, 77);
  virTypedParamsAddULLong (&params, &n, &room, VIR_DOMAIN_JOB_MEMORY_ITERATION, 0);
  bv_migration_sample_read (&sample, VIR_DOMAIN_JOB_UNBOUNDED, params, n);
  g_assert_true (sample.under_way);
  g_assert_cmpuint (sample.known, ==,
                    BV_SAMPLE_DATA_REMAINING | BV_SAMPLE_MEMORY_RATE | BV_SAMPLE_ITERATION);
  g_assert_cmpuint (sample.data_remaining, ==, 12345);
  g_assert_cmpuint (sample.memory_rate, ==, 77);
  g_assert_true (sample.iteration_begins);
  bv_migration_sample_read (&sample, VIR_DOMAIN_JOB_COMPLETED, NULL, 0);
  g_assert_false (sample.under_way);
  g_assert_cmpuint (sample.known, ==, 0);
  g_assert_cmpuint (sample.data_remaining, ==, 0);
  virTypedParamsFree (params, n);
}

/* The bandwidth is smoothed, and the estimate made of it. */
static void
test_bandwidth (void)
{
  g_autoptr (BvStallDetector) detector = bv_stall_detector_new (&defaults, FALSE);
  BvStallRecord record = { 1000, 116 * MB };

  g_assert_cmpuint (bv_stall_detector_estimate_ms (detector, &record), ==, 0);
  g_assert_false (bv_stall_detector_can_finish (detector, 0, 100, 0));
  bv_stall_detector_add_bandwidth (detector, 100 * MB);
  bv_stall_detector_add_bandwidth (detector, 140 * MB);
  g_assert_cmpuint (bv_stall_detector_estimate_ms (detector, &record), ==, 1000);
  g_assert_true (bv_stall_detector_can_finish (detector, 9, 10, 1000));
  g_assert_false (bv_stall_detector_can_finish (detector, 9, 10, 1001));
  record.remaining = G_MAXUINT64;
  g_assert_cmpuint (bv_stall_detector_estimate_ms (detector, &record), ==, G_MAXUINT32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (virInitialize (), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/migration-monitor/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/migration-monitor/pending", test_pending);
  g_test_add_func ("/migration-monitor/sample", test_sample);
  g_test_add_func ("/migration-monitor/bandwidth", test_bandwidth);
  return g_test_run ();
}
