/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-stats-snapshot.h"

#include <glib/gi18n-lib.h>

#include "host/bv-libvirt-error.h"

#define WANTED                                                                                     \
  (VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |                \
   VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK |                   \
   VIR_DOMAIN_STATS_DIRTYRATE)
/* A QEMU that is busy, or that hangs, is not waited for: what only it knows is left out then. */
#define FLAGS                                                                                      \
  (VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING | VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED |          \
   VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT)

static void
clear (gpointer data)
{
  g_hash_table_unref (((BvStatsSnapshot *)data)->all);
}

BvStatsSnapshot *
bv_stats_snapshot_ref (BvStatsSnapshot *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
bv_stats_snapshot_unref (BvStatsSnapshot *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

const BvDomainStats *
bv_stats_snapshot_find (BvStatsSnapshot *self, const char *uuid)
{
  return g_hash_table_lookup (self->all, uuid);
}

static guint
count_bits (const unsigned char *bytes, gsize length)
{
  guint n = 0;

  for (gsize i = 0; i < length; i++)
    n += (guint)__builtin_popcount (bytes[i]);
  return n;
}

/* It is known without asking QEMU. */
static void
read_affinity (BvDomainStats *stats, virDomainPtr domain, int n_cpus)
{
  gsize length = VIR_CPU_MAPLEN (n_cpus);
  guint n_vcpus = stats->items[BV_STATS_VCPU]->len;
  g_autofree unsigned char *maps = g_malloc0 (MAX (n_vcpus * length, 1));
  int n = n_vcpus > 0 ? virDomainGetVcpuPinInfo (domain, (int)n_vcpus, maps, (int)length, 0) : 0;

  if (n > 0)
    bv_domain_stats_set (stats, BV_STAT_CPU_AFFINITY, count_bits (maps, (gsize)n * length));
}

static void
add_record (BvStatsSnapshot *self, virDomainStatsRecordPtr record, int n_cpus)
{
  char uuid[VIR_UUID_STRING_BUFLEN] = "";
  BvDomainStats *stats;

  virDomainGetUUIDString (record->dom, uuid);
  stats = bv_domain_stats_new (uuid);
  for (int i = 0; i < record->nparams; i++)
    bv_domain_stats_take (stats, &record->params[i]);
  read_affinity (stats, record->dom, n_cpus);
  g_hash_table_insert (self->all, stats->uuid, stats);
}

gpointer
bv_stats_snapshot_read (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (BvStatsSnapshot) self = g_atomic_rc_box_new0 (BvStatsSnapshot);
  virDomainStatsRecordPtr *records = NULL;
  int n_cpus = MAX (virNodeGetCPUMap (handle, NULL, NULL, 0), 0);
  int n;

  self->all =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)bv_domain_stats_free);
  self->asked = g_get_monotonic_time ();
  n = virConnectGetAllDomainStats (handle, WANTED, &records, FLAGS);
  if (n < 0)
    {
      bv_set_error_from_libvirt (error, _ ("The figures of the guests cannot be read"));
      return NULL;
    }
  self->time = g_get_real_time ();
  for (int i = 0; i < n; i++)
    add_record (self, records[i], n_cpus);
  virDomainStatsRecordListFree (records);
  return g_steal_pointer (&self);
}
