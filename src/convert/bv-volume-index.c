/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-volume-index.h"

/* Up to here, going through them is faster than a table. */
#define FEW 16

void
bv_volume_index_init (BvVolumeIndex *self, const BvApiVirtualMachineInstanceSpec *spec,
                      const BvFactsContext *facts)
{
  self->spec = spec;
  self->facts = facts;
  self->volumes_by_name = self->facts_by_name = NULL;
  if (spec->n_volumes <= FEW && facts->n_volumes <= FEW)
    return;
  self->volumes_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->facts_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < spec->n_volumes; i++)
    if (spec->volumes[i]->name != NULL)
      g_hash_table_insert (self->volumes_by_name, (gpointer)spec->volumes[i]->name,
                           spec->volumes[i]);
  for (guint i = 0; i < facts->n_volumes; i++)
    g_hash_table_insert (self->facts_by_name, (gpointer)facts->volumes[i].key,
                         facts->volumes[i].record);
}

const BvApiVolume *
bv_volume_index_find (const BvVolumeIndex *self, const char *name)
{
  if (name == NULL)
    return NULL;
  if (self->volumes_by_name != NULL)
    return g_hash_table_lookup (self->volumes_by_name, name);
  for (guint i = 0; i < self->spec->n_volumes; i++)
    if (g_strcmp0 (self->spec->volumes[i]->name, name) == 0)
      return self->spec->volumes[i];
  return NULL;
}

/* NULL where the host has none about that volume. */
const BvFactsVolume *
bv_volume_index_find_facts (const BvVolumeIndex *self, const char *name)
{
  if (name == NULL)
    return NULL;
  if (self->facts_by_name != NULL)
    return g_hash_table_lookup (self->facts_by_name, name);
  return bv_record_map_get (self->facts->volumes, self->facts->n_volumes, name);
}

void
bv_volume_index_clear (BvVolumeIndex *self)
{
  g_clear_pointer (&self->volumes_by_name, g_hash_table_unref);
  g_clear_pointer (&self->facts_by_name, g_hash_table_unref);
}
