/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* A record with any of the fields that its table has, from the test's own seed. */
gpointer random_record (const BvRecordType *type, BvArena *arena);

/* Gives one field, at or somewhere below RECORD, another value. */
void random_change (const BvRecordType *type, gpointer record, BvArena *arena);

G_END_DECLS
