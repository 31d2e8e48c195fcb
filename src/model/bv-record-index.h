/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-record.h"

G_BEGIN_DECLS

/* Finds the records of a map by their keys, at one cost however many there are. */
typedef struct
{
  const BvRecordPair *pairs;
  guint n_pairs;
  GHashTable *by_key; /* NULL: so few that a look at each is quicker */
} BvRecordIndex;

void bv_record_index_init (BvRecordIndex *self, const BvRecordPair *pairs, guint n_pairs);
void bv_record_index_clear (BvRecordIndex *self);
gpointer bv_record_index_find (const BvRecordIndex *self, const char *key);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvRecordIndex, bv_record_index_clear)

G_END_DECLS
