/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

void bv_default_vmi (BvApiVirtualMachineInstance *vmi, BvPolicy *policy, BvArena *arena);

G_END_DECLS
