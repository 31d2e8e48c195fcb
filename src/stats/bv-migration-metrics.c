/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-migration-metrics.h"

#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "stats/bv-metric-families.h"

static const struct
{
  const char *phase;
  BvCountedPhase counted;
} phases[] = {
  { "", BV_COUNTED_UNSET },
  { "Pending", BV_COUNTED_PENDING },
  { "Scheduling", BV_COUNTED_SCHEDULING },
  { "Scheduled", BV_COUNTED_RUNNING },
  { "PreparingTarget", BV_COUNTED_RUNNING },
  { "TargetReady", BV_COUNTED_RUNNING },
  { "Running", BV_COUNTED_RUNNING },
};

static const BvMetric counted_families[] = {
  [BV_COUNTED_PENDING] = BV_METRIC_MIGRATIONS_PENDING,
  [BV_COUNTED_SCHEDULING] = BV_METRIC_MIGRATIONS_SCHEDULING,
  [BV_COUNTED_UNSET] = BV_METRIC_MIGRATIONS_UNSET,
  [BV_COUNTED_RUNNING] = BV_METRIC_MIGRATIONS_RUNNING,
};
G_STATIC_ASSERT (G_N_ELEMENTS (counted_families) == BV_N_COUNTED_PHASES);

/* What is seen of a move under way. */
static const struct
{
  BvMetric metric;
  gsize offset;
} progress[] = {
  { BV_METRIC_MIGRATION_TOTAL, G_STRUCT_OFFSET (BvMigrationSight, total) },
  { BV_METRIC_MIGRATION_PROCESSED, G_STRUCT_OFFSET (BvMigrationSight, processed) },
  { BV_METRIC_MIGRATION_REMAINING, G_STRUCT_OFFSET (BvMigrationSight, remaining) },
  { BV_METRIC_MIGRATION_DIRTY_RATE, G_STRUCT_OFFSET (BvMigrationSight, dirty_rate) },
  { BV_METRIC_MIGRATION_BANDWIDTH, G_STRUCT_OFFSET (BvMigrationSight, bandwidth) },
};

static void
count (BvMigrationCounts *counts, const char *phase)
{
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    if (g_str_equal (phases[i].phase, phase))
      counts->n[phases[i].counted]++;
}

static void
add_result (BvExposition *exposition, BvEntry *entry, const BvMigrationRecord *record)
{
  BvObject *object = bv_entry_get_object (entry);
  BvMetric family = record->stage == BV_MIGRATION_FAILED ? BV_METRIC_MIGRATION_FAILED
                                                         : BV_METRIC_MIGRATION_SUCCEEDED;
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "vmi", record->vmi_name);
  bv_exposition_add_label (labels, "vmim", bv_object_get_name (object));
  bv_exposition_add_label (labels, "namespace", bv_object_get_namespace (object));
  bv_exposition_add (exposition, family, labels->str, "", 1, BV_SCALE_ONE);
}

static void
add_progress (BvExposition *exposition, BvEntry *entry, const char *node)
{
  BvMigration *migration = bv_entry_get_runtime (entry);
  const BvMigrationSight *sight = bv_migration_get_sight (migration);
  g_autoptr (GString) labels = g_string_new (NULL);

  if (sight == NULL || !sight->has_job)
    return;
  bv_exposition_add_label (labels, "node", node);
  bv_exposition_add_label (labels, "namespace",
                           bv_object_get_namespace (bv_entry_get_object (entry)));
  bv_exposition_add_label (labels, "name", bv_migration_get_record (migration)->vmi_name);
  for (guint i = 0; i < G_N_ELEMENTS (progress); i++)
    bv_exposition_add (exposition, progress[i].metric, labels->str, "",
                       G_STRUCT_MEMBER (guint64, sight, progress[i].offset), BV_SCALE_ONE);
}

void
bv_migration_metrics_add (BvExposition *exposition, BvEntry *entry, const char *node,
                          BvMigrationCounts *counts)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  const BvMigrationRecord *record;

  if (!BV_IS_MIGRATION (runtime))
    return;
  record = bv_migration_get_record (runtime);
  if (bv_migration_record_is_over (record))
    {
      add_result (exposition, entry, record);
      return;
    }
  count (counts, bv_migration_record_get_phase (record));
  add_progress (exposition, entry, node);
}

void
bv_migration_metrics_add_counts (BvExposition *exposition, const BvMigrationCounts *counts)
{
  for (guint i = 0; i < BV_N_COUNTED_PHASES; i++)
    bv_exposition_add (exposition, counted_families[i], "", "", counts->n[i], BV_SCALE_ONE);
}

static const BvMigrationRecord *
get_record (gpointer runtime)
{
  if (BV_IS_MIGRATION (runtime))
    return bv_migration_get_record (runtime);
  return BV_IS_RECEPTION (runtime) ? bv_reception_get_record (runtime) : NULL;
}

void
bv_migration_metrics_add_times (BvExposition *exposition, BvRegistry *registry,
                                const BvVmiStatus *status, const char *labels)
{
  BvEntry *entry = status->last_migration != NULL
                       ? bv_registry_find_uid (registry, status->last_migration)
                       : NULL;
  const BvMigrationRecord *record =
      entry != NULL ? get_record (bv_entry_get_runtime (entry)) : NULL;
  g_autoptr (GString) more = g_string_new (NULL);

  if (record == NULL)
    return;
  bv_exposition_add_label (more, "migration_name",
                           bv_object_get_name (bv_entry_get_object (entry)));
  if (record->started != 0)
    bv_exposition_add (exposition, BV_METRIC_MIGRATION_START, labels, more->str,
                       (guint64)(record->started / G_USEC_PER_SEC), BV_SCALE_ONE);
  if (record->ended == 0)
    return;
  bv_exposition_add_label (more, "status",
                           record->stage == BV_MIGRATION_FAILED ? "failed" : "succeeded");
  bv_exposition_add (exposition, BV_METRIC_MIGRATION_END, labels, more->str,
                     (guint64)(record->ended / G_USEC_PER_SEC), BV_SCALE_ONE);
}
