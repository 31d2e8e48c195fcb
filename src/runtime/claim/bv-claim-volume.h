/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-data-import.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* The volume of a claim: what it is called and where it is, and what is asked of libvirt about it.
 */

/* As Kubernetes calls that of a claim, so that no two are the same. */
char *bv_claim_volume_make_name (BvEntry *claim);

/* All that a worker needs to make it, and fill it. VOLUME is the one that is there, or NULL. */
BvDataImport *bv_claim_volume_new_import (BvEnvironment *environment, BvEntry *claim,
                                          const BvPoolVolume *volume, BvDataKind kind);

typedef enum
{
  BV_CLAIM_VOLUME_LOOK,   /* whether it is there */
  BV_CLAIM_VOLUME_GROW,   /* to what the claim asks for */
  BV_CLAIM_VOLUME_DELETE, /* the result is the volume as it was named */
} BvClaimVolumeCall;

/* A short call, which ends by bv_connection_call_finish(); the result is a BvPoolVolume. */
void bv_claim_volume_call_async (BvEnvironment *environment, BvEntry *claim,
                                 const BvPoolVolume *volume, BvClaimVolumeCall call,
                                 GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
