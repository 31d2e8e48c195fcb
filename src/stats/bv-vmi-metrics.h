/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/vmi/bv-vmi-runtime.h"
#include "stats/bv-domain-stats.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* What the metrics tell of one VMI, as it is now. */

/* What libvirt told; STATS may be NULL. */
void bv_vmi_metrics_add_stats (BvExposition *exposition, BvVmiRuntime *runtime, const char *node,
                               const BvDomainStats *stats);

/* What the service and the guest's agent know. */
void bv_vmi_metrics_add_facts (BvExposition *exposition, BvVmiRuntime *runtime, const char *node,
                               const char *architecture, double overhead_ratio);

/* Its newest migration. */
void bv_vmi_metrics_add_migration (BvExposition *exposition, BvRegistry *registry,
                                   BvVmiRuntime *runtime, const char *node);

G_END_DECLS
