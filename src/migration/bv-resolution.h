/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-record.h"

G_BEGIN_DECLS

/* What one who decides by hand says of a guest that neither host may run. A host cannot see what
 * the other was told: it lets the guest run only where the other has said on record that it does
 * not. The word by which it says so is shown there, and is told here. */
typedef struct
{
  const char *owner; /* a host */
  const char *proof; /* the word that the other host has said, or NULL */
  gboolean force;    /* the other host is off, and stays so */
} BvResolution;

typedef enum
{
  BV_PROOF_RELEASED, /* the source has given the guest away */
  BV_PROOF_REJECTED, /* the target never lets it run */
} BvProof;

/* The word for that, of the migration UID. */
char *bv_resolution_make_proof (const char *uid, BvProof kind);

/* What to say at the host that is to have the guest; VM is its name. */
char *bv_resolution_make_command (const char *uid, BvProof kind, const char *vm, const char *owner);

/* Whether one of the two hosts is named. */
gboolean bv_resolution_check_owner (const BvResolution *self, const BvMigrationRecord *record,
                                    GError **error);

/* Whether the other host's word is proven; if not, REFUSAL says what to do. */
gboolean bv_resolution_check_proof (const BvResolution *self, const char *uid, BvProof kind,
                                    const char *refusal, GError **error);

G_END_DECLS
