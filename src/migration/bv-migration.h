/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-call.h"
#include "migration/bv-migration-config.h"
#include "migration/bv-migration-record.h"
#include "migration/bv-resolution.h"
#include "runtime/controller/bv-controller.h"
#include "runtime/bv-job.h"

G_BEGIN_DECLS

/* A guest that moves to another host: the source's side. It owns the guest until it has released
 * it, on record. Signals: "changed"; "ended", when nothing is left to be done. */
#define BV_TYPE_MIGRATION (bv_migration_get_type ())

G_DECLARE_FINAL_TYPE (BvMigration, bv_migration, BV, MIGRATION, GObject)

/* Takes RECORD. CONTROLLER outlives it. */
BvMigration *bv_migration_new (BvController *controller, BvEntry *entry, BvMigrationRecord *record);

const BvMigrationRecord *bv_migration_get_record (BvMigration *self);
char *bv_migration_dup_status_json (BvMigration *self);

/* What was last seen of the move, or NULL. */
const BvMigrationSight *bv_migration_get_sight (BvMigration *self);

/* Why nobody can tell who is to run the guest until the hosts can talk to each other again; NULL
 * while all is known. */
const char *bv_migration_get_doubt (BvMigration *self);

const char *bv_migration_get_mode (BvMigration *self);
/* What holds for it; NULL before that is known, and after a start of the service. */
const BvMigrationConfig *bv_migration_get_config (BvMigration *self);

BvJob *bv_migration_start (BvMigration *self);

/* Goes on with what is on record. */
void bv_migration_reconcile (BvMigration *self);
gboolean bv_migration_cancel (BvMigration *self, GError **error);

/* Somebody who knows says who is to have the guest. */
gboolean bv_migration_resolve (BvMigration *self, const BvResolution *resolution, GError **error);

/* Whether the guest of VMI may move to HOST (NULL: the only one that the settings name); the host
 * that is meant. */
const BvRemoteHost *bv_migration_check (BvController *controller, BvEntry *vmi, const char *host,
                                        GError **error);

G_END_DECLS
