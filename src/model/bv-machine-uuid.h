/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

char *bv_machine_uuid_new (const BvApiObjectMeta *metadata, BvArena *arena);

G_END_DECLS
