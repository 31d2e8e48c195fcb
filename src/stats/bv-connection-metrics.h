/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/vmi/bv-vmi-runtime.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* Who looks at a guest, and who last did. */
void bv_connection_metrics_add (BvExposition *exposition, BvVmiRuntime *runtime,
                                BvUnixSockets *sockets);

G_END_DECLS
