/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-call.h"
#include "migration/bv-migration-tls.h"
#include "model/bv-vmi.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* What needs a look at this host's files, for a guest that moves. In worker threads. */

/* What the target answers: what its domain is, and what is behind its disks. Takes nothing. A host
 * that cannot prove who it is, though TLS is wanted, has an error for the guest of the host SOURCE.
 */
void bv_migration_answer_async (BvEnvironment *environment, const char *xml, gboolean tls,
                                const char *source, GAsyncReadyCallback callback,
                                gpointer user_data);
GVariant *bv_migration_answer_finish (GAsyncResult *result, GError **error);

/* Completes ORDER, which it takes, by the domain LIVE as it runs and the target's ANSWER: the
 * domain there, and the disks that are copied. */
void bv_migration_plan_async (BvEnvironment *environment, BvVmi *vmi, BvMigrationOrder *order,
                              const char *live, GVariant *answer, GAsyncReadyCallback callback,
                              gpointer user_data);
BvMigrationOrder *bv_migration_plan_finish (GAsyncResult *result, GError **error);

G_END_DECLS
