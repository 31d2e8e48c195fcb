/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-conditions.h"
#include "runtime/bv-domain-info.h"

G_BEGIN_DECLS

/* KubeVirt's currentCPUTopology and memory of a VMI whose domain is INFO; empty where it does not
 * run, for which INFO may be NULL. Floating. */
GVariant *bv_vmi_size_topology_to_variant (BvVmi *vmi, const BvDomainInfo *info);
GVariant *bv_vmi_size_memory_to_variant (const BvDomainInfo *info);

G_END_DECLS
