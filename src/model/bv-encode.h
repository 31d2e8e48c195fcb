/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-record.h"

G_BEGIN_DECLS

BvNode *bv_encode_record (const BvRecordType *type, gconstpointer record, BvArena *arena);
BvNode *bv_encode_field (const BvField *field, gconstpointer record, BvArena *arena);

char *bv_node_to_json (const BvNode *node, gboolean pretty);
char *bv_node_to_yaml (const BvNode *node);
GVariant *bv_node_to_variant (const BvNode *node);

G_END_DECLS
