/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-facts.h"
#include "model/bv-vmi.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* What a VMI's status tells of its volumes. FACTS is a bv_volume_facts_table_new(). */

/* Keeps of the facts what the status tells, as members of an open object, and reads it back. */
void bv_vmi_volumes_write (GHashTable *facts, JsonBuilder *builder);
void bv_vmi_volumes_read (GHashTable *facts, JsonObject *object);

/* Notes which targets the volumes have in the running DOMAIN; with NULL, that they have none. */
void bv_vmi_volumes_take_targets (BvVmi *vmi, GHashTable *facts, const BvDomainInfo *domain);

/* A volume that the guest had and has no more, and what of the host that frees. */
typedef struct
{
  char *name;
  char *claim; /* NULL: none */
} BvVmiGoneVolume;

/* Takes the volumes out of FACTS that VMI has no more, or has another one in their place, and that
 * the running DOMAIN has not either: of BvVmiGoneVolume. */
GPtrArray *bv_vmi_volumes_steal_gone (BvVmi *vmi, GHashTable *facts, const BvDomainInfo *domain);

/* Why a volume that can be plugged in is not: KubeVirt's phase, and the rest as in its status. */
typedef struct
{
  const char *phase;
  const char *reason;
  char *message;
} BvVmiVolumeWait;

/* KubeVirt's persistentVolumeClaimInfo. */
GVariant *bv_claim_facts_to_variant (const BvClaimFacts *claim);

/* Volume's name -> BvVmiVolumeWait. */
GHashTable *bv_vmi_volume_waits_new (void);

/* KubeVirt's volumeStatus: an aa{sv}, sorted by name. WAITS may be NULL. */
GVariant *bv_vmi_volumes_to_variant (BvVmi *vmi, GHashTable *facts, GHashTable *waits,
                                     const char *dump_claim);

G_END_DECLS
