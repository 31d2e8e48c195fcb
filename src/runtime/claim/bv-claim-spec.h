/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "model/bv-object.h"

G_BEGIN_DECLS

/* What the specs of claims, data volumes and virtual machines ask of storage. Pure. */

/* In bytes; 0: nothing is said. */
guint64 bv_claim_spec_get_request (const BvApiPersistentVolumeClaimSpec *spec);
gboolean bv_claim_spec_is_block (const BvApiPersistentVolumeClaimSpec *spec);
gboolean bv_claim_spec_has_mode (const BvApiPersistentVolumeClaimSpec *spec, const char *mode);

/* Why a claim with that spec cannot be had on a host, or NULL. */
const char *bv_claim_spec_find_fault (const BvApiPersistentVolumeClaimSpec *spec);

/* Why BEFORE cannot become AFTER, or NULL: as in a cluster, only the size may change, and only
 * grow. */
char *bv_claim_spec_find_change_fault (const BvApiPersistentVolumeClaimSpec *before,
                                       const BvApiPersistentVolumeClaimSpec *after);

/* The claim of a data volume, and the data volume of a VM's template, as CDI and KubeVirt make
 * them. */
BvObject *bv_claim_spec_make_claim (BvObject *data_volume);
BvObject *bv_claim_spec_make_data_volume (BvObject *vm, guint index);

/* The claim that a VMI's volume names, or NULL, and whether the VMI may write to it. */
const char *bv_claim_spec_find_claim (const BvApiVolume *volume, gboolean *writes);

G_END_DECLS
