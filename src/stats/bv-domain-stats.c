/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-domain-stats.h"

#include <string.h>

/* A domain has not more of a kind; the number comes from libvirt. */
#define MAX_ITEMS 4096
#define USER_ALIAS "ua-"

/* libvirt's names, after the prefix of the group and the number. */
static const char *const domain_names[] = {
  [BV_STAT_STATE] = "state.state",
  [BV_STAT_CPU_TIME] = "cpu.time",
  [BV_STAT_CPU_USER] = "cpu.user",
  [BV_STAT_CPU_SYSTEM] = "cpu.system",
  [BV_STAT_CPU_AFFINITY] = "cpu.affinity", /* ours: how many CPUs the vCPUs may use, added up */
  [BV_STAT_MEMORY_CURRENT] = "balloon.current",
  [BV_STAT_MEMORY_MAXIMUM] = "balloon.maximum",
  [BV_STAT_MEMORY_RSS] = "balloon.rss",
  [BV_STAT_MEMORY_AVAILABLE] = "balloon.available",
  [BV_STAT_MEMORY_UNUSED] = "balloon.unused",
  [BV_STAT_MEMORY_USABLE] = "balloon.usable",
  [BV_STAT_MEMORY_CACHES] = "balloon.disk_caches",
  [BV_STAT_SWAP_IN] = "balloon.swap_in",
  [BV_STAT_SWAP_OUT] = "balloon.swap_out",
  [BV_STAT_MAJOR_FAULTS] = "balloon.major_fault",
  [BV_STAT_MINOR_FAULTS] = "balloon.minor_fault",
  [BV_STAT_DIRTY_STATUS] = "dirtyrate.calc_status",
  [BV_STAT_DIRTY_RATE] = "dirtyrate.megabytes_per_second",
};
G_STATIC_ASSERT (G_N_ELEMENTS (domain_names) == BV_N_DOMAIN_STATS);
G_STATIC_ASSERT (BV_N_DOMAIN_STATS <= BV_MAX_STATS);

static const char *const vcpu_names[] = {
  [BV_STAT_VCPU_STATE] = "state",
  [BV_STAT_VCPU_TIME] = "time",
  [BV_STAT_VCPU_WAIT] = "wait",
  [BV_STAT_VCPU_DELAY] = "delay",
};
G_STATIC_ASSERT (G_N_ELEMENTS (vcpu_names) == BV_N_VCPU_STATS);

static const char *const block_names[] = {
  [BV_STAT_READ_REQUESTS] = "rd.reqs",  [BV_STAT_READ_BYTES] = "rd.bytes",
  [BV_STAT_READ_TIME] = "rd.times",     [BV_STAT_WRITE_REQUESTS] = "wr.reqs",
  [BV_STAT_WRITE_BYTES] = "wr.bytes",   [BV_STAT_WRITE_TIME] = "wr.times",
  [BV_STAT_FLUSH_REQUESTS] = "fl.reqs", [BV_STAT_FLUSH_TIME] = "fl.times",
  [BV_STAT_ALLOCATION] = "allocation",  [BV_STAT_CAPACITY] = "capacity",
  [BV_STAT_PHYSICAL] = "physical",
};
G_STATIC_ASSERT (G_N_ELEMENTS (block_names) == BV_N_BLOCK_STATS);

static const char *const net_names[] = {
  [BV_STAT_RECEIVED_BYTES] = "rx.bytes", [BV_STAT_RECEIVED_PACKETS] = "rx.pkts",
  [BV_STAT_RECEIVE_ERRORS] = "rx.errs",  [BV_STAT_RECEIVE_DROPS] = "rx.drop",
  [BV_STAT_SENT_BYTES] = "tx.bytes",     [BV_STAT_SENT_PACKETS] = "tx.pkts",
  [BV_STAT_SEND_ERRORS] = "tx.errs",     [BV_STAT_SEND_DROPS] = "tx.drop",
};
G_STATIC_ASSERT (G_N_ELEMENTS (net_names) == BV_N_NET_STATS);

static const struct
{
  const char *prefix; /* with its dot; "" for the domain's own */
  const char *const *names;
  guint n_names;
} groups[] = {
  [BV_STATS_DOMAIN] = { "", domain_names, G_N_ELEMENTS (domain_names) },
  [BV_STATS_VCPU] = { "vcpu.", vcpu_names, G_N_ELEMENTS (vcpu_names) },
  [BV_STATS_BLOCK] = { "block.", block_names, G_N_ELEMENTS (block_names) },
  [BV_STATS_NET] = { "net.", net_names, G_N_ELEMENTS (net_names) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (groups) == BV_N_STATS_GROUPS);

static void
item_clear (gpointer data)
{
  g_free (((BvStatsItem *)data)->name);
}

BvDomainStats *
bv_domain_stats_new (const char *uuid)
{
  BvDomainStats *self = g_new0 (BvDomainStats, 1);

  g_strlcpy (self->uuid, uuid, sizeof self->uuid);
  for (guint i = 0; i < BV_N_STATS_GROUPS; i++)
    {
      self->items[i] = g_array_new (FALSE, TRUE, sizeof (BvStatsItem));
      g_array_set_clear_func (self->items[i], item_clear);
    }
  g_array_set_size (self->items[BV_STATS_DOMAIN], 1);
  return self;
}

void
bv_domain_stats_free (BvDomainStats *self)
{
  for (guint i = 0; i < BV_N_STATS_GROUPS; i++)
    g_array_unref (self->items[i]);
  g_free (self);
}

/* FALSE where it is no number. */
static gboolean
read_number (const virTypedParameter *parameter, guint64 *value)
{
  switch (parameter->type)
    {
    case VIR_TYPED_PARAM_INT:
      *value = (guint64)MAX (parameter->value.i, 0);
      return TRUE;
    case VIR_TYPED_PARAM_UINT:
      *value = parameter->value.ui;
      return TRUE;
    case VIR_TYPED_PARAM_LLONG:
      *value = (guint64)MAX (parameter->value.l, 0);
      return TRUE;
    case VIR_TYPED_PARAM_ULLONG:
      *value = parameter->value.ul;
      return TRUE;
    default:
      return FALSE;
    }
}

static BvStatsGroup
find_group (const char *field)
{
  for (guint i = BV_STATS_VCPU; i < G_N_ELEMENTS (groups); i++)
    if (g_str_has_prefix (field, groups[i].prefix))
      return i;
  return BV_STATS_DOMAIN;
}

static BvStatsItem *
get_item (BvDomainStats *self, BvStatsGroup group, guint64 number)
{
  if (number >= MAX_ITEMS)
    return NULL;
  if (number >= self->items[group]->len)
    g_array_set_size (self->items[group], (guint)number + 1);
  return &g_array_index (self->items[group], BvStatsItem, number);
}

static void
item_take (BvStatsItem *self, BvStatsGroup group, const char *name,
           const virTypedParameter *parameter)
{
  guint64 value;

  if (parameter->type == VIR_TYPED_PARAM_STRING && g_str_equal (name, "name"))
    {
      g_free (self->name);
      self->name = g_utf8_make_valid (parameter->value.s, -1);
      return;
    }
  for (guint i = 0; i < groups[group].n_names; i++)
    if (g_str_equal (name, groups[group].names[i]) && read_number (parameter, &value))
      {
        self->values[i] = value;
        self->set |= 1u << i;
        return;
      }
}

/* Keeps a parameter that libvirt told, if it is one of the figures above. */
void
bv_domain_stats_take (BvDomainStats *self, const virTypedParameter *parameter)
{
  BvStatsGroup group = find_group (parameter->field);
  const char *name = parameter->field + strlen (groups[group].prefix);
  guint64 number = 0;
  BvStatsItem *item;

  if (group != BV_STATS_DOMAIN)
    {
      char *end;

      /* Not “block.count”. */
      if (!g_ascii_isdigit (*name))
        return;
      number = g_ascii_strtoull (name, &end, 10);
      if (*end != '.')
        return;
      name = end + 1;
    }
  item = get_item (self, group, number);
  if (item != NULL)
    item_take (item, group, name, parameter);
}

/* Sets a figure of the domain itself. */
void
bv_domain_stats_set (BvDomainStats *self, BvStat stat, guint64 value)
{
  BvStatsItem *item = &g_array_index (self->items[BV_STATS_DOMAIN], BvStatsItem, 0);

  item->values[stat] = value;
  item->set |= 1u << stat;
}

gboolean
bv_stats_item_get (const BvStatsItem *self, BvStat stat, guint64 *value)
{
  *value = self->values[stat];
  return (self->set & 1u << stat) != 0;
}

const BvStatsItem *
bv_domain_stats_get_domain (const BvDomainStats *self)
{
  return &g_array_index (self->items[BV_STATS_DOMAIN], BvStatsItem, 0);
}

const char *
bv_vcpu_state_to_string (guint64 state)
{
  static const char *const names[] = {
    [VIR_VCPU_OFFLINE] = "offline",
    [VIR_VCPU_RUNNING] = "running",
    [VIR_VCPU_BLOCKED] = "blocked",
  };

  return state < G_N_ELEMENTS (names) ? names[state] : "unknown";
}

static const char *
find_disk (const BvDomainInfo *info, const char *wanted)
{
  GHashTableIter iter;
  gpointer alias, target;

  g_hash_table_iter_init (&iter, info->targets);
  while (g_hash_table_iter_next (&iter, &alias, &target))
    if (g_strcmp0 (target, wanted) == 0)
      return g_str_has_prefix (alias, USER_ALIAS) ? (char *)alias + strlen (USER_ALIAS) : alias;
  return NULL;
}

static const char *
find_interface (const BvDomainInfo *info, const char *wanted)
{
  for (guint i = 0; i < info->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (info->interfaces, i);

      if (g_strcmp0 (interface->target, wanted) == 0)
        return interface->name;
    }
  return NULL;
}

const char *
bv_stats_item_get_alias (const BvStatsItem *self, BvStatsGroup group, const BvDomainInfo *info)
{
  if (info == NULL || self->name == NULL)
    return NULL;
  if (group == BV_STATS_BLOCK)
    return find_disk (info, self->name);
  return group == BV_STATS_NET ? find_interface (info, self->name) : NULL;
}

static void
add_text (GVariantBuilder *builder, const char *prefix, const char *name, const char *text)
{
  g_autofree char *key = g_strconcat (prefix, name, NULL);

  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_item (GVariantBuilder *builder, BvStatsGroup group, const BvStatsItem *item, const char *prefix)
{
  guint64 value;

  for (guint i = 0; i < groups[group].n_names; i++)
    {
      g_autofree char *key = g_strconcat (prefix, groups[group].names[i], NULL);

      if (bv_stats_item_get (item, i, &value))
        g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (value));
    }
}

GVariant *
bv_domain_stats_to_variant (const BvDomainStats *self, const BvDomainInfo *info)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_item (&builder, BV_STATS_DOMAIN, bv_domain_stats_get_domain (self), "");
  for (guint group = BV_STATS_VCPU; group < BV_N_STATS_GROUPS; group++)
    for (guint i = 0; i < self->items[group]->len; i++)
      {
        const BvStatsItem *item = &g_array_index (self->items[group], BvStatsItem, i);
        g_autofree char *prefix = g_strdup_printf ("%s%u.", groups[group].prefix, i);

        add_text (&builder, prefix, "name", item->name);
        add_text (&builder, prefix, "alias", bv_stats_item_get_alias (item, group, info));
        add_item (&builder, group, item, prefix);
      }
  return g_variant_builder_end (&builder);
}
