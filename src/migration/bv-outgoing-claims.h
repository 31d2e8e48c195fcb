/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "runtime/bv-environment.h"
#include "runtime/store/bv-registry.h"

G_BEGIN_DECLS

/* The claims that go with a guest, each after the data volume that filled it: entries, not owned.
 */
GPtrArray *bv_outgoing_claims_list (BvRegistry *registry, BvEntry *vmi);
/* A claim goes with one guest, and has one host. */
gboolean bv_outgoing_claims_check (BvRegistry *registry, BvEntry *vmi, GError **error);

/* Adds to the claims among ROWS (BvStoreRow) what storage they are on: for the other host, which
 * may have the same. */
void bv_outgoing_claims_identify_async (BvEnvironment *environment, GPtrArray *rows,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* The rows. */
GPtrArray *bv_outgoing_claims_identify_finish (GAsyncResult *result);

/* The names of the claims among ROWS, with blanks between. */
char *bv_outgoing_claims_write_names (GPtrArray *rows);

/* Whether all of COPIED, the claims that are empty at the target, are disks that libvirt copies:
 * TARGETS, in the domain's DISKS (BvMigrationDisk). */
gboolean bv_outgoing_claims_check_copied (const BvApiVirtualMachineInstanceSpec *spec,
                                          const char *const *copied, GPtrArray *disks,
                                          const char *const *targets, GError **error);

G_END_DECLS
