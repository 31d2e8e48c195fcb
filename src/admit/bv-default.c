/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default.h"

static void
default_architecture (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  if (spec->architecture == NULL || spec->architecture[0] == '\0')
    spec->architecture = bv_arena_strdup (arena, bv_policy_get_architecture (policy));
}

/* What KubeVirt's mutating webhook fills into a VMI. */
void
bv_default_vmi (BvApiVirtualMachineInstance *vmi, BvPolicy *policy, BvArena *arena)
{
  default_architecture (vmi->spec, policy, arena);
}

/* What it fills into the copy of a VM's template that it validates. */
void
bv_default_template (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  default_architecture (spec, policy, arena);
}
