/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-storage-pool.h"

G_BEGIN_DECLS

/* What is on record of a claim. */
typedef struct
{
  char *phase; /* Pending, Bound or Lost */
  char *reason;
  char *message;
  BvPoolVolume *volume; /* NULL: there is none yet */
  char *holder;         /* the host that has the claim now, or NULL: this one */
} BvClaimStatus;

BvClaimStatus *bv_claim_status_new_from_json (const char *json, GError **error);
char *bv_claim_status_to_json (const BvClaimStatus *self);
void bv_claim_status_free (BvClaimStatus *self);

/* REASON and MESSAGE may be NULL. Returns whether anything is new. */
gboolean bv_claim_status_set (BvClaimStatus *self, const char *phase, const char *reason,
                              const char *message);
gboolean bv_claim_status_is (const BvClaimStatus *self, const char *phase);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvClaimStatus, bv_claim_status_free)

G_END_DECLS
