/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* The interfaces of SPEC, each as a sample of FAMILY, with LABELS before its own. */
void bv_vnic_metrics_add (BvExposition *exposition, guint family, const char *labels,
                          const BvApiVirtualMachineInstanceSpec *spec);

G_END_DECLS
