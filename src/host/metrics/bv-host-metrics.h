/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/metrics/bv-metrics.h"

G_BEGIN_DECLS

/* Adds what the kernel tells of this machine, below PROC and SYS ("/proc" and "/sys"). What cannot
 * be read is left out. Blocks: for worker threads. */
void bv_host_metrics_add (BvMetrics *metrics, const char *proc, const char *sys);

G_END_DECLS
