/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* A record with any of the fields that its table has, from the test's own seed. */
gpointer random_record (const BvRecordType *type, BvArena *arena);

G_END_DECLS
