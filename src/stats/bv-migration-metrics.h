/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-registry.h"
#include "runtime/vmi/bv-vmi-status.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* What the metrics tell of guests that move. A migration is counted by its source only, so that
 * both hosts' figures can be added up. */

/* Those of KubeVirt's phases that are counted. */
typedef enum
{
  BV_COUNTED_PENDING,
  BV_COUNTED_SCHEDULING,
  BV_COUNTED_UNSET,
  BV_COUNTED_RUNNING,
} BvCountedPhase;

#define BV_N_COUNTED_PHASES (BV_COUNTED_RUNNING + 1)

typedef struct
{
  guint n[BV_N_COUNTED_PHASES];
} BvMigrationCounts;

/* What ENTRY, a migration, adds; it is counted in COUNTS too. NODE is this host. */
void bv_migration_metrics_add (BvExposition *exposition, BvEntry *entry, const char *node,
                               BvMigrationCounts *counts);
void bv_migration_metrics_add_counts (BvExposition *exposition, const BvMigrationCounts *counts);

/* When the newest migration of a VMI began and ended, wherever it came from. LABELS are those of
 * the VMI. */
void bv_migration_metrics_add_times (BvExposition *exposition, BvRegistry *registry,
                                     const BvVmiStatus *status, const char *labels);

G_END_DECLS
