/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-transition-times.h"

#include "stats/bv-metric-families.h"

static const BvMetric families[] = {
  BV_METRIC_VMI_PHASE_TIME,
  BV_METRIC_VMI_PHASE_TIME_FROM_CREATION,
  BV_METRIC_VMI_PHASE_TIME_FROM_DELETION,
  BV_METRIC_MIGRATION_PHASE_TIME,
};

struct _BvTransitionTimes
{
  GHashTable *histograms[G_N_ELEMENTS (families)]; /* labels -> BvHistogram */
};

BvTransitionTimes *
bv_transition_times_new (void)
{
  BvTransitionTimes *self = g_new0 (BvTransitionTimes, 1);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    self->histograms[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bv_transition_times_free (BvTransitionTimes *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    g_hash_table_unref (self->histograms[i]);
  g_free (self);
}

static void
observe (BvTransitionTimes *self, BvMetric family, const char *phase, const char *last_phase,
         gint64 usec)
{
  g_autoptr (GString) labels = g_string_new (NULL);
  BvHistogram *histogram;
  guint i = 0;

  while (families[i] != family)
    i++;
  bv_exposition_add_label (labels, "phase", phase);
  bv_exposition_add_label (labels, "last_phase", last_phase);
  histogram = g_hash_table_lookup (self->histograms[i], labels->str);
  if (histogram == NULL)
    {
      histogram = g_new0 (BvHistogram, 1);
      g_hash_table_insert (self->histograms[i], g_strdup (labels->str), histogram);
    }
  bv_histogram_observe (histogram, usec);
}

void
bv_transition_times_take_vmi (BvTransitionTimes *self, const BvPhaseChange *change)
{
  if (change->last_at != 0)
    observe (self, BV_METRIC_VMI_PHASE_TIME, change->phase, change->last_phase,
             change->at - change->last_at);
  observe (self, BV_METRIC_VMI_PHASE_TIME_FROM_CREATION, change->phase, NULL,
           change->at - change->created);
  if (change->is_final && change->deleted != 0)
    observe (self, BV_METRIC_VMI_PHASE_TIME_FROM_DELETION, change->phase, NULL,
             change->at - change->deleted);
}

void
bv_transition_times_take_migration (BvTransitionTimes *self, const char *phase, gint64 usec)
{
  observe (self, BV_METRIC_MIGRATION_PHASE_TIME, phase, NULL, usec);
}

void
bv_transition_times_expose (BvTransitionTimes *self, BvExposition *exposition)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      GHashTableIter iter;
      gpointer labels, histogram;

      g_hash_table_iter_init (&iter, self->histograms[i]);
      while (g_hash_table_iter_next (&iter, &labels, &histogram))
        bv_exposition_add_histogram (exposition, families[i], labels, histogram);
    }
}
