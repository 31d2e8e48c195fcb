/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-cause-list.h"
#include "model/bv-record.h"

G_BEGIN_DECLS

gpointer bv_decode_record (const BvRecordType *type, const BvNode *node, const BvPath *path,
                           BvArena *arena, BvCauseList *causes);
gboolean bv_decode_field (const BvField *field, guint index, gpointer record, const BvNode *node,
                          const BvPath *path, BvArena *arena, BvCauseList *causes);

G_END_DECLS
