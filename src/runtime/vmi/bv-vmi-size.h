/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-conditions.h"
#include "runtime/domain/bv-domain-info.h"
#include "runtime/vmi/bv-vmi-status.h"

G_BEGIN_DECLS

/* KubeVirt's currentCPUTopology and memory of a VMI whose domain is INFO; empty where it does not
 * run, for which INFO may be NULL. Floating. */
GVariant *bv_vmi_size_topology_to_variant (BvVmi *vmi, const BvDomainInfo *info);
GVariant *bv_vmi_size_memory_to_variant (const BvDomainInfo *info);
/* Whether NOW is another of both than BEFORE; each may be NULL. */
gboolean bv_vmi_size_differs (const BvDomainInfo *before, const BvDomainInfo *now);

/* Whether CPUs or memory are on their way into the guest, or were refused: KubeVirt's conditions.
 * Returns whether that is new. */
gboolean bv_vmi_size_update_conditions (BvConditions *conditions, const BvVmiStatus *status,
                                        const BvDomainInfo *info, BvVmi *vmi);

G_END_DECLS
