/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "model/bv-object.h"

G_BEGIN_DECLS

/* For friends: what an object is made of. The record and all below it live in the arena. */
BvObject *bv_object_new_for_record (const BvKindType *kind, gpointer record, BvArena *arena,
                                    const BvNode *root, const char *file, guint document);
gpointer bv_object_get_record (BvObject *self);
const BvKindType *bv_object_get_kind_type (BvObject *self);
BvApiObjectMeta *bv_object_get_metadata (BvObject *self);
BvArena *bv_object_get_arena (BvObject *self);
const BvNode *bv_object_get_root (BvObject *self);
const char *bv_object_get_file (BvObject *self);
guint bv_object_get_document (BvObject *self);

const BvKindType *bv_kind_type_find (const char *kind);
const BvKindType *bv_kind_type_find_by_word (const char *word);

G_END_DECLS
