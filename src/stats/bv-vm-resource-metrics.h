/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* What a VM asks for, and what it is limited to. LABELS are those of the VM. */
void bv_vm_resource_metrics_add (BvExposition *exposition, const char *labels,
                                 const BvApiDomainSpec *domain);

G_END_DECLS
