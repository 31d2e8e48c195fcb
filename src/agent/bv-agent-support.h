/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* What an agent that told its commands lacks of those that KubeVirt wants for this guest:
 * KubeVirt's sentence, or NULL where it lacks nothing; MISSING becomes the first command that is
 * not there. */
const char *bv_agent_find_lack (const BvGuestInfo *info,
                                const BvApiVirtualMachineInstanceSpec *spec, const char **missing);

G_END_DECLS
