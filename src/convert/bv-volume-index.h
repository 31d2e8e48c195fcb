/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-facts.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Finds a VMI's volumes, and the host's facts about them, by name. */
typedef struct
{
  const BvApiVirtualMachineInstanceSpec *spec;
  const BvFactsContext *facts;
  GHashTable *volumes_by_name; /* NULL where there are few */
  GHashTable *facts_by_name;
} BvVolumeIndex;

void bv_volume_index_init (BvVolumeIndex *self, const BvApiVirtualMachineInstanceSpec *spec,
                           const BvFactsContext *facts);
const BvApiVolume *bv_volume_index_find (const BvVolumeIndex *self, const char *name);
const BvFactsVolume *bv_volume_index_find_facts (const BvVolumeIndex *self, const char *name);
void bv_volume_index_clear (BvVolumeIndex *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvVolumeIndex, bv_volume_index_clear)

G_END_DECLS
