/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* Serves the metrics by HTTP on a unix socket, or on a loopback address. */
#define BV_TYPE_METRICS_SERVER (bv_metrics_server_get_type ())

G_DECLARE_FINAL_TYPE (BvMetricsServer, bv_metrics_server, BV, METRICS_SERVER, GObject)

/* ADDRESS is a path, or as in “127.0.0.1:9177”. */
BvMetricsServer *bv_metrics_server_new (BvEnvironment *environment, const char *address,
                                        GError **error);
void bv_metrics_server_stop (BvMetricsServer *self);

G_END_DECLS
