/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"
#include "stats/bv-stats-snapshot.h"

G_BEGIN_DECLS

/*
 * Reads the figures of all guests, for as many callers as there are: those who ask at the same
 * time, or within a second, get one answer of libvirt's. A QEMU that hangs while it is asked is
 * passed over at the next attempt, which follows after a few seconds.
 */
#define BV_TYPE_STATS_COLLECTOR (bv_stats_collector_get_type ())

G_DECLARE_FINAL_TYPE (BvStatsCollector, bv_stats_collector, BV, STATS_COLLECTOR, GObject)

BvStatsCollector *bv_stats_collector_new (BvConnection *connection);
void bv_stats_collector_collect_async (BvStatsCollector *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
BvStatsSnapshot *bv_stats_collector_collect_finish (BvStatsCollector *self, GAsyncResult *result,
                                                    GError **error);

/* What is kept of the last answer is not given to those who ask from now on. */
void bv_stats_collector_forget (BvStatsCollector *self);

G_END_DECLS
