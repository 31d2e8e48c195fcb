/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-data-import.h"
#include "model/bv-api.h"
#include "runtime/claim/bv-claim-status.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* The life of one PersistentVolumeClaim: its volume is made, looked after, grown and deleted.
 * Signals: "changed"; "event (type, reason, message)"; "gone", when it was deleted and nothing of
 * it is left. */
#define BV_TYPE_CLAIM_RUNTIME (bv_claim_runtime_get_type ())

G_DECLARE_FINAL_TYPE (BvClaimRuntime, bv_claim_runtime, BV, CLAIM_RUNTIME, GObject)

BvClaimRuntime *bv_claim_runtime_new (BvEnvironment *environment, BvEntry *entry,
                                      const char *status_json, GError **error);

BvEntry *bv_claim_runtime_get_entry (BvClaimRuntime *self);
const BvClaimStatus *bv_claim_runtime_get_status (BvClaimRuntime *self);
const BvApiPersistentVolumeClaimSpec *bv_claim_runtime_get_spec (BvClaimRuntime *self);
char *bv_claim_runtime_dup_status_json (BvClaimRuntime *self);
/* Its volume is being changed, or copied. */
gboolean bv_claim_runtime_is_busy (BvClaimRuntime *self);

/* Does what is to be done now: there is a connection, the claim was changed or deleted, or no VMI
 * uses it any more. */
void bv_claim_runtime_reconcile (BvClaimRuntime *self);

/* For the data volume that fills it. */
BvDataImport *bv_claim_runtime_new_import (BvClaimRuntime *self, BvDataKind kind);
void bv_claim_runtime_begin_fill (BvClaimRuntime *self);
/* VOLUME is NULL where it was not filled, for the reason that the message tells. */
void bv_claim_runtime_end_fill (BvClaimRuntime *self, const BvPoolVolume *volume,
                                const GError *error);

/* It is HOST's from now on. What is left of it here is neither used nor looked after, and goes when
 * the claim is deleted here. The caller stores what dup_status_of_away() says, first. */
char *bv_claim_runtime_dup_status_of_away (BvClaimRuntime *self, const char *host);
void bv_claim_runtime_give_away (BvClaimRuntime *self, const char *host);

/* While it is held, it is neither written to nor deleted. */
void bv_claim_runtime_hold (BvClaimRuntime *self);
void bv_claim_runtime_release (BvClaimRuntime *self);

G_END_DECLS
