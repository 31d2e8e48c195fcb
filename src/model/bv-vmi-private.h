/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object-private.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

BvVmi *bv_vmi_new_for_spec (BvArena *arena, BvApiObjectMeta *metadata,
                            BvApiVirtualMachineInstanceSpec *spec, const BvNode *root,
                            const char *file, guint document);
BvApiVirtualMachineInstance *bv_vmi_get_record (BvVmi *self);

G_END_DECLS
