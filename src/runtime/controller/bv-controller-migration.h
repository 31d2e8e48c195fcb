/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-record.h"
#include "runtime/controller/bv-controller.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* What migrations ask of the controller. */

/* Of a migration, on either side; NULL: ENTRY is none. */
const BvMigrationRecord *bv_controller_get_migration_record (BvEntry *entry);
/* Claims, and what fills them. */
gboolean bv_controller_is_storage (const char *kind);

/* The rows (BvStoreRow) of all that goes to the other host with VMI: what it names, its VM, itself,
 * and MIGRATION. */
GPtrArray *bv_controller_collect_for_migration (BvController *self, BvEntry *vmi,
                                                BvEntry *migration);

/* VMI is another host's, on record: it and its VM are no more, and nothing of them is stopped. The
 * status of MIGRATION is stored with that. */
void bv_controller_forget_moved_async (BvController *self, BvEntry *vmi, BvEntry *migration,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_controller_forget_moved_finish (BvController *self, GAsyncResult *result,
                                            GError **error);

/* The VM and VMI in ROWS are this host's from now on. Takes effect with the status of MIGRATION, in
 * one transaction. */
void bv_controller_adopt_async (BvController *self, GPtrArray *rows, BvEntry *migration,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_controller_adopt_finish (BvController *self, GAsyncResult *result, GError **error);

/* Those of UIDS, with blanks between, that no guest here names were stored for one that has not
 * come: they go. */
void bv_controller_remove_unnamed (BvController *self, const char *uids);

gboolean bv_controller_owns_domain (const BvDomainInfo *domain, const char *uid);

/* A deleted migration ends early, or goes at once where it is over. */
void bv_controller_end_migration (BvController *self, BvEntry *migration);

/* What this host has given away is not its to delete. */
gboolean bv_controller_check_not_given_away (BvController *self, BvEntry *entry, GError **error);

/* What a guest comes by is the source's to end, while it is not here. */
gboolean bv_controller_check_not_waiting (BvEntry *migration, GError **error);

G_END_DECLS
