/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-objects.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/store/bv-entry.h"
#include "runtime/store/bv-registry.h"

G_BEGIN_DECLS

/* Which VMIs use which claims. */

/* A VMI that has the claim's volume open, or is about to; NULL: none. */
BvEntry *bv_claim_users_find (BvRegistry *registry, BvEntry *claim);
/* One beside VMI. */
BvEntry *bv_claim_users_find_other (BvRegistry *registry, BvEntry *claim, BvEntry *vmi);
/* A VMI whose guest cannot see the claim's volume grow: it has an image above it, only reads it, or
 * moves to another host; NULL: none. */
BvEntry *bv_claim_users_find_obstacle (BvRegistry *registry, BvEntry *claim);
/* One that may write to it. */
BvEntry *bv_claim_users_find_writer (BvRegistry *registry, BvEntry *claim);
gboolean bv_claim_users_is_named (BvEntry *vmi, BvEntry *claim);

typedef enum
{
  BV_CLAIMS_READY,
  BV_CLAIMS_WAIT,  /* they will be, without anybody's doing */
  BV_CLAIMS_FAULT, /* not before somebody does something */
} BvClaimsState;

typedef struct
{
  BvClaimsState state;
  const char *reason; /* KubeVirt's word */
  char *message;      /* what is waited for, or wrong */
} BvClaimsAnswer;

/* Whether the claims that VMI cannot start without are there, and free for it. */
void bv_claim_users_check (BvRegistry *registry, BvEntry *vmi, BvClaimsAnswer *found);
/* The same for one volume of it. */
void bv_claim_users_check_volume (BvRegistry *registry, BvEntry *vmi, const char *volume,
                                  BvClaimsAnswer *found);
/* The size of the volume of a claim beside VMI, in bytes; 0: it is not known. */
gint64 bv_claim_users_get_capacity (BvRegistry *registry, BvEntry *vmi, const char *claim);
/* Gives OBJECTS what is known of the claims of VMI, each of which is looked at again. */
void bv_claim_users_collect (BvRegistry *registry, BvVmi *vmi, BvVolumeObjects *objects);
/* What a preparation needs to know of one that has a volume. */
BvVolumeClaim *bv_claim_users_describe (BvRegistry *registry, BvClaimRuntime *runtime);
void bv_claims_answer_clear (BvClaimsAnswer *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvClaimsAnswer, bv_claims_answer_clear)

G_END_DECLS
