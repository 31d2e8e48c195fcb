/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy-default.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* The defaults of each area, in KubeVirt's order where one builds on another. */
void bv_default_machine (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena);
void bv_default_firmware (BvApiVirtualMachineInstanceSpec *spec, const BvApiObjectMeta *metadata,
                          BvArena *arena);
void bv_default_requests (BvApiDomainSpec *domain, BvPolicy *policy, BvArena *arena);
void bv_default_memory (BvApiDomainSpec *domain, BvArena *arena);
void bv_default_max_memory (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy,
                            BvArena *arena);
void bv_default_topology (BvApiDomainSpec *domain, BvArena *arena);
void bv_default_max_sockets (BvApiCPU *cpu, BvPolicy *policy);
void bv_default_cpu_model (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena);
void bv_default_features (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena);
void bv_default_hyperv_needs (BvApiDomainSpec *domain, BvArena *arena);
void bv_default_network (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena);
void bv_default_volumes (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena);
void bv_default_disks (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena);
void bv_default_devices (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena);
void bv_default_probe (BvApiProbe *probe);
void bv_default_annotations (BvApiVirtualMachineInstance *vmi, BvArena *arena);

/* An object whose presence switches something on: a pointer to it in its parent, and the type,
 * whose first field is the switch. */
typedef struct
{
  gsize offset;
  const BvRecordType *type;
} BvDefaultSwitch;

void bv_default_switches (gpointer parent, const BvDefaultSwitch *switches, gsize n_switches);
gpointer bv_default_append (gpointer list, guint *n_items, gsize item_size, BvArena *arena);

gboolean bv_default_is_empty (const char *text);
gboolean bv_default_is_architecture (const BvApiVirtualMachineInstanceSpec *spec,
                                     const char *architecture);

G_END_DECLS
