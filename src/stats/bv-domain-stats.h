/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* What a figure is of. */
typedef enum
{
  BV_STATS_DOMAIN,
  BV_STATS_VCPU,
  BV_STATS_BLOCK,
  BV_STATS_NET,
} BvStatsGroup;

#define BV_N_STATS_GROUPS (BV_STATS_NET + 1)

/* The figures, each group's beginning with 0. */
typedef enum
{
  BV_STAT_STATE,
  BV_STAT_CPU_TIME,
  BV_STAT_CPU_USER,
  BV_STAT_CPU_SYSTEM,
  BV_STAT_CPU_AFFINITY,
  BV_STAT_MEMORY_CURRENT,
  BV_STAT_MEMORY_MAXIMUM,
  BV_STAT_MEMORY_RSS,
  BV_STAT_MEMORY_AVAILABLE,
  BV_STAT_MEMORY_UNUSED,
  BV_STAT_MEMORY_USABLE,
  BV_STAT_MEMORY_CACHES,
  BV_STAT_SWAP_IN,
  BV_STAT_SWAP_OUT,
  BV_STAT_MAJOR_FAULTS,
  BV_STAT_MINOR_FAULTS,
  BV_STAT_DIRTY_STATUS,
  BV_STAT_DIRTY_RATE,
  BV_N_DOMAIN_STATS,

  BV_STAT_VCPU_STATE = 0,
  BV_STAT_VCPU_TIME,
  BV_STAT_VCPU_WAIT,
  BV_STAT_VCPU_DELAY,
  BV_N_VCPU_STATS,

  BV_STAT_READ_REQUESTS = 0,
  BV_STAT_READ_BYTES,
  BV_STAT_READ_TIME,
  BV_STAT_WRITE_REQUESTS,
  BV_STAT_WRITE_BYTES,
  BV_STAT_WRITE_TIME,
  BV_STAT_FLUSH_REQUESTS,
  BV_STAT_FLUSH_TIME,
  BV_STAT_ALLOCATION,
  BV_STAT_CAPACITY,
  BV_STAT_PHYSICAL,
  BV_N_BLOCK_STATS,

  BV_STAT_RECEIVED_BYTES = 0,
  BV_STAT_RECEIVED_PACKETS,
  BV_STAT_RECEIVE_ERRORS,
  BV_STAT_RECEIVE_DROPS,
  BV_STAT_SENT_BYTES,
  BV_STAT_SENT_PACKETS,
  BV_STAT_SEND_ERRORS,
  BV_STAT_SEND_DROPS,
  BV_N_NET_STATS,
} BvStat;

/* The largest group. */
#define BV_MAX_STATS 18

/* The figures of one thing; those that libvirt did not tell are not set. */
typedef struct
{
  char *name; /* of a disk its target, of an interface the host's device */
  guint32 set;
  guint64 values[BV_MAX_STATS];
} BvStatsItem;

/* The figures of one domain, as libvirt told them. Read only once it is made. */
typedef struct
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  GArray *items[BV_N_STATS_GROUPS]; /* of BvStatsItem; of BV_STATS_DOMAIN there is one */
} BvDomainStats;

BvDomainStats *bv_domain_stats_new (const char *uuid);
void bv_domain_stats_free (BvDomainStats *self);
void bv_domain_stats_take (BvDomainStats *self, const virTypedParameter *parameter);
void bv_domain_stats_set (BvDomainStats *self, BvStat stat, guint64 value);

gboolean bv_stats_item_get (const BvStatsItem *self, BvStat stat, guint64 *value);
const BvStatsItem *bv_domain_stats_get_domain (const BvDomainStats *self);

/* The manifest's name of a disk or an interface; NULL where it has none. */
const char *bv_stats_item_get_alias (const BvStatsItem *self, BvStatsGroup group,
                                     const BvDomainInfo *info);

/* As `a{sv}`, by libvirt's names: `cpu.time`, `block.0.rd.bytes`. */
GVariant *bv_domain_stats_to_variant (const BvDomainStats *self, const BvDomainInfo *info);
const char *bv_vcpu_state_to_string (guint64 state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDomainStats, bv_domain_stats_free)

G_END_DECLS
