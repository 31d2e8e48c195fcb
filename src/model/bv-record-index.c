/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-record-index.h"

#define FEW 8

/* The map must stay as it is while the index is used. */
void
bv_record_index_init (BvRecordIndex *self, const BvRecordPair *pairs, guint n_pairs)
{
  self->pairs = pairs;
  self->n_pairs = n_pairs;
  self->by_key = NULL;
  if (n_pairs <= FEW)
    return;
  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n_pairs; i++)
    g_hash_table_insert (self->by_key, (gpointer)pairs[i].key, pairs[i].record);
}

void
bv_record_index_clear (BvRecordIndex *self)
{
  g_clear_pointer (&self->by_key, g_hash_table_unref);
}

/* The record of KEY, or NULL; no key has none. */
gpointer
bv_record_index_find (const BvRecordIndex *self, const char *key)
{
  if (key == NULL)
    return NULL;
  if (self->by_key != NULL)
    return g_hash_table_lookup (self->by_key, key);
  return bv_record_map_get (self->pairs, self->n_pairs, key);
}
