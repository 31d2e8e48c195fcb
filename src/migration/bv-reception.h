/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-call.h"
#include "migration/bv-migration-record.h"
#include "migration/bv-resolution.h"
#include "runtime/controller/bv-controller.h"

G_BEGIN_DECLS

/* A guest that comes from another host: the target's side. It lets the guest run only once the
 * source has released it. Signals: "changed"; "ended", when nothing is left to be done. */
#define BV_TYPE_RECEPTION (bv_reception_get_type ())

G_DECLARE_FINAL_TYPE (BvReception, bv_reception, BV, RECEPTION, GObject)

/* Takes RECORD. CONTROLLER outlives it. */
BvReception *bv_reception_new (BvController *controller, BvEntry *entry, BvMigrationRecord *record);

const BvMigrationRecord *bv_reception_get_record (BvReception *self);
char *bv_reception_dup_status_json (BvReception *self);
const char *bv_reception_get_doubt (BvReception *self);
void bv_reception_reconcile (BvReception *self);

/* Makes everything ready for the guest; the result is the domain's XML as this host would have it.
 */
void bv_reception_prepare_async (BvReception *self, GAsyncReadyCallback callback,
                                 gpointer user_data);
char *bv_reception_prepare_finish (BvReception *self, GAsyncResult *result, GError **error);

/* The names of the claims of which a copy comes. */
GStrv bv_reception_list_copied_claims (BvReception *self);
/* What comes, of BvStoreRow, until it is over. */
GPtrArray *bv_reception_get_rows (BvReception *self);

/* The source has released the guest: it is this host's, on record, when this finishes. */
void bv_reception_accept_async (BvReception *self, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bv_reception_accept_finish (BvReception *self, GAsyncResult *result, GError **error);

/* Nothing comes: what was prepared goes. */
void bv_reception_reject_async (BvReception *self, const char *why, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bv_reception_reject_finish (BvReception *self, GAsyncResult *result, GError **error);

/* Whether all of the guest is here: a{sv} with "stage" and "received". */
void bv_reception_look_async (BvReception *self, GAsyncReadyCallback callback, gpointer user_data);
GVariant *bv_reception_look_finish (BvReception *self, GAsyncResult *result, GError **error);

/* Somebody who knows says who is to have the guest. */
gboolean bv_reception_resolve (BvReception *self, const BvResolution *resolution, GError **error);

G_END_DECLS
