/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-call.h"
#include "stats/bv-domain-stats.h"

G_BEGIN_DECLS

/* The figures of all domains that run, read in one call. Read only. */
typedef struct
{
  gint64 time;     /* microseconds since 1970, when libvirt had answered */
  gint64 asked;    /* g_get_monotonic_time () when it was asked */
  GHashTable *all; /* UUID -> BvDomainStats */
} BvStatsSnapshot;

BvStatsSnapshot *bv_stats_snapshot_ref (BvStatsSnapshot *self);
void bv_stats_snapshot_unref (BvStatsSnapshot *self);
const BvDomainStats *bv_stats_snapshot_find (BvStatsSnapshot *self, const char *uuid);

/* A BvCallFunc that returns a BvStatsSnapshot. */
gpointer bv_stats_snapshot_read (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStatsSnapshot, bv_stats_snapshot_unref)

G_END_DECLS
