/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-data-import.h"
#include "runtime/bv-environment.h"
#include "runtime/vmi/bv-vmi-work.h"

G_BEGIN_DECLS

/* A claim that comes with a guest: found on storage that both hosts have, or an empty volume where
 * this host keeps such claims, into which libvirt copies. */
typedef struct
{
  BvStoreRow *row;      /* of the claim, not owned */
  BvDataImport *import; /* what its volume is called here, and where it is */
  char *identity;       /* of the storage at the source, or NULL: that cannot be told */
  gboolean known;       /* it went from here to another host, and left a copy */
  gboolean made;        /* the volume is made for it, and goes if the guest does not come */
  gboolean copied;      /* what is in it has to come, too */
  BvPoolVolume *volume;
} BvIncomingClaim;

/* Those among ROWS (BvStoreRow), which must outlive them, as another host sent them; and as this
 * host has them on record. */
GPtrArray *bv_incoming_claims_new (BvEnvironment *environment, GPtrArray *rows, GError **error);
GPtrArray *bv_incoming_claims_restore (BvEnvironment *environment, GPtrArray *rows, GError **error);

/* Leaves in the status of ROW, a claim, what another host may say of it. */
gboolean bv_incoming_claims_clean (BvStoreRow *row, GError **error);

/* Whether the claim that went away from this host with that uid may come back in the place of what
 * is left of it. */
gboolean bv_incoming_claims_is_expected (BvRegistry *registry, const BvStoreRow *row);

/* Looks for the volumes, and changes nothing; then writes into the rows what is to be made, which
 * is to be on record before it is. */
void bv_incoming_claims_find_async (BvEnvironment *environment, GPtrArray *claims,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
void bv_incoming_claims_make_async (BvEnvironment *environment, GPtrArray *claims,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
/* Takes down what was made, and only that. */
void bv_incoming_claims_unmake_async (BvEnvironment *environment, GPtrArray *claims,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* Of all three. */
gboolean bv_incoming_claims_finish (GAsyncResult *result, GError **error);

/* For the preparation of the guest. */
void bv_incoming_claims_add_to_work (BvEnvironment *environment, GPtrArray *claims,
                                     BvVmiWork *work);
/* The names of those that are to be copied. */
GStrv bv_incoming_claims_list_copied (GPtrArray *claims);

G_END_DECLS
