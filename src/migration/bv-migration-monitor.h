/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-migration-options.h"
#include "migration/bv-migration-sample.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Watches a migration and decides, by KubeVirt's rules, when it has to be helped or given up. Pure:
 * it is fed with what libvirt tells and the time, and says what to do. Times are microseconds of
 * any clock that does not go back. */
typedef struct _BvMigrationMonitor BvMigrationMonitor;

typedef enum
{
  BV_MIGRATION_PRE_COPY,
  BV_MIGRATION_POST_COPY,
  BV_MIGRATION_PAUSED,
} BvMigrationMode;

typedef enum
{
  BV_MIGRATION_NOTHING,
  BV_MIGRATION_ABORT,
  BV_MIGRATION_START_POST_COPY,
  BV_MIGRATION_SUSPEND,
  BV_MIGRATION_SET_DOWNTIME,
} BvMigrationAction;

typedef struct
{
  BvMigrationAction action;
  guint64 downtime_ms; /* of BV_MIGRATION_SET_DOWNTIME */
  char *reason;        /* for people; NULL for NOTHING */
  guint purpose;       /* the monitor's own */
} BvMigrationDecision;

void bv_migration_decision_clear (BvMigrationDecision *self);

/* CONFIG must outlive it. DATA_BYTES is all that has to travel. */
BvMigrationMonitor *bv_migration_monitor_new (const BvMigrationConfig *config, guint64 data_bytes,
                                              gboolean has_vfio, gint64 now);
void bv_migration_monitor_free (BvMigrationMonitor *self);

/* SAMPLE is NULL where libvirt did not tell. Until bv_migration_monitor_done() is called for a
 * decision, no other is made. */
void bv_migration_monitor_feed (BvMigrationMonitor *self, const BvMigrationSample *sample,
                                gint64 now, BvMigrationDecision *decision);
/* What was decided was done, or could not be. */
void bv_migration_monitor_done (BvMigrationMonitor *self, const BvMigrationDecision *decision,
                                gboolean success, gint64 now);
BvMigrationMode bv_migration_monitor_get_mode (const BvMigrationMonitor *self);
/* KubeVirt's word. */
const char *bv_migration_mode_to_string (BvMigrationMode mode);

/* The data that a migration of VMI has to move: its memory, and COPIED bytes of its disks. */
guint64 bv_migration_get_data_bytes (const BvApiVirtualMachineInstanceSpec *spec, guint64 copied);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvMigrationDecision, bv_migration_decision_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationMonitor, bv_migration_monitor_free)

G_END_DECLS
