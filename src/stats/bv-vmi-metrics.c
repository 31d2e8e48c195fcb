/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vmi-metrics.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "host/schedule/bv-memory-overhead.h"
#include "model/bv-vmi-private.h"
#include "stats/bv-gpu-metrics.h"
#include "stats/bv-label-metrics.h"
#include "stats/bv-metric-families.h"
#include "stats/bv-migration-metrics.h"
#include "stats/bv-vnic-metrics.h"

#define LABEL_PREFIX "kubernetes_vmi_label_"

/* Which figure of libvirt's is which metric. */
static const struct
{
  BvMetric metric;
  BvStatsGroup group;
  BvStat stat;
  BvScale scale;
  const char *type; /* what its label “type” says, where it has one */
} sources[] = {
  { BV_METRIC_CPU_TIME, BV_STATS_DOMAIN, BV_STAT_CPU_TIME, BV_SCALE_NANO },
  { BV_METRIC_CPU_USER, BV_STATS_DOMAIN, BV_STAT_CPU_USER, BV_SCALE_NANO },
  { BV_METRIC_CPU_SYSTEM, BV_STATS_DOMAIN, BV_STAT_CPU_SYSTEM, BV_SCALE_NANO },
  { BV_METRIC_CPU_AFFINITY, BV_STATS_DOMAIN, BV_STAT_CPU_AFFINITY, BV_SCALE_ONE },
  { BV_METRIC_MEMORY_RSS, BV_STATS_DOMAIN, BV_STAT_MEMORY_RSS, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_AVAILABLE, BV_STATS_DOMAIN, BV_STAT_MEMORY_AVAILABLE, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_UNUSED, BV_STATS_DOMAIN, BV_STAT_MEMORY_UNUSED, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_USABLE, BV_STATS_DOMAIN, BV_STAT_MEMORY_USABLE, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_CACHED, BV_STATS_DOMAIN, BV_STAT_MEMORY_CACHES, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_BALLOON, BV_STATS_DOMAIN, BV_STAT_MEMORY_CURRENT, BV_SCALE_KIBI },
  { BV_METRIC_MEMORY_DOMAIN, BV_STATS_DOMAIN, BV_STAT_MEMORY_CURRENT, BV_SCALE_KIBI },
  { BV_METRIC_SWAP_IN, BV_STATS_DOMAIN, BV_STAT_SWAP_IN, BV_SCALE_KIBI },
  { BV_METRIC_SWAP_OUT, BV_STATS_DOMAIN, BV_STAT_SWAP_OUT, BV_SCALE_KIBI },
  { BV_METRIC_MAJOR_FAULTS, BV_STATS_DOMAIN, BV_STAT_MAJOR_FAULTS, BV_SCALE_ONE },
  { BV_METRIC_MINOR_FAULTS, BV_STATS_DOMAIN, BV_STAT_MINOR_FAULTS, BV_SCALE_ONE },
  { BV_METRIC_VCPU_WAIT, BV_STATS_VCPU, BV_STAT_VCPU_WAIT, BV_SCALE_NANO },
  { BV_METRIC_VCPU_DELAY, BV_STATS_VCPU, BV_STAT_VCPU_DELAY, BV_SCALE_NANO },
  { BV_METRIC_READ_REQUESTS, BV_STATS_BLOCK, BV_STAT_READ_REQUESTS, BV_SCALE_ONE },
  { BV_METRIC_READ_BYTES, BV_STATS_BLOCK, BV_STAT_READ_BYTES, BV_SCALE_ONE },
  { BV_METRIC_READ_TIME, BV_STATS_BLOCK, BV_STAT_READ_TIME, BV_SCALE_NANO },
  { BV_METRIC_WRITE_REQUESTS, BV_STATS_BLOCK, BV_STAT_WRITE_REQUESTS, BV_SCALE_ONE },
  { BV_METRIC_WRITE_BYTES, BV_STATS_BLOCK, BV_STAT_WRITE_BYTES, BV_SCALE_ONE },
  { BV_METRIC_WRITE_TIME, BV_STATS_BLOCK, BV_STAT_WRITE_TIME, BV_SCALE_NANO },
  { BV_METRIC_FLUSH_REQUESTS, BV_STATS_BLOCK, BV_STAT_FLUSH_REQUESTS, BV_SCALE_ONE },
  { BV_METRIC_FLUSH_TIME, BV_STATS_BLOCK, BV_STAT_FLUSH_TIME, BV_SCALE_NANO },
  { BV_METRIC_RECEIVED_BYTES, BV_STATS_NET, BV_STAT_RECEIVED_BYTES, BV_SCALE_ONE },
  { BV_METRIC_SENT_BYTES, BV_STATS_NET, BV_STAT_SENT_BYTES, BV_SCALE_ONE },
  { BV_METRIC_TRAFFIC_BYTES, BV_STATS_NET, BV_STAT_RECEIVED_BYTES, BV_SCALE_ONE, "rx" },
  { BV_METRIC_TRAFFIC_BYTES, BV_STATS_NET, BV_STAT_SENT_BYTES, BV_SCALE_ONE, "tx" },
  { BV_METRIC_RECEIVED_PACKETS, BV_STATS_NET, BV_STAT_RECEIVED_PACKETS, BV_SCALE_ONE },
  { BV_METRIC_SENT_PACKETS, BV_STATS_NET, BV_STAT_SENT_PACKETS, BV_SCALE_ONE },
  { BV_METRIC_RECEIVE_ERRORS, BV_STATS_NET, BV_STAT_RECEIVE_ERRORS, BV_SCALE_ONE },
  { BV_METRIC_SEND_ERRORS, BV_STATS_NET, BV_STAT_SEND_ERRORS, BV_SCALE_ONE },
  { BV_METRIC_RECEIVE_DROPS, BV_STATS_NET, BV_STAT_RECEIVE_DROPS, BV_SCALE_ONE },
  { BV_METRIC_SEND_DROPS, BV_STATS_NET, BV_STAT_SEND_DROPS, BV_SCALE_ONE },
};

static BvVmi *
get_vmi (BvVmiRuntime *runtime)
{
  return BV_VMI (bv_entry_get_object (bv_vmi_runtime_get_entry (runtime)));
}

/* The labels that tell VMIs apart. */
static GString *
new_labels (BvVmi *vmi, const char *node)
{
  GString *labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "node", node);
  bv_exposition_add_label (labels, "namespace", bv_object_get_namespace (BV_OBJECT (vmi)));
  bv_exposition_add_label (labels, "name", bv_object_get_name (BV_OBJECT (vmi)));
  return labels;
}

static void
add_own_labels (GString *labels, const BvApiObjectMeta *metadata)
{
  bv_label_metrics_add (labels, LABEL_PREFIX, &metadata, 1);
}

/* The label that tells the items of a group apart. */
static void
set_item_label (GString *label, BvStatsGroup group, guint number, const BvStatsItem *item,
                const BvDomainInfo *info)
{
  static const char *const names[] = {
    [BV_STATS_DOMAIN] = NULL,
    [BV_STATS_VCPU] = "id",
    [BV_STATS_BLOCK] = "drive",
    [BV_STATS_NET] = "interface",
  };
  const char *alias = bv_stats_item_get_alias (item, group, info);
  g_autofree char *id = g_strdup_printf ("%u", number);

  g_string_truncate (label, 0);
  if (names[group] != NULL)
    bv_exposition_add_label (label, names[group],
                             group == BV_STATS_VCPU ? id : (alias != NULL ? alias : item->name));
}

static void
add_group (BvExposition *exposition, BvStatsGroup group, const BvStatsItem *item,
           const char *labels, GString *label)
{
  gsize length = label->len;
  guint64 value;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      if (sources[i].group != group || !bv_stats_item_get (item, sources[i].stat, &value))
        continue;
      bv_exposition_add_label (label, "type", sources[i].type);
      bv_exposition_add (exposition, sources[i].metric, labels, label->str, value,
                         sources[i].scale);
      g_string_truncate (label, length);
    }
}

/* A vCPU's time is told by the state that it is in. */
static void
add_vcpu_time (BvExposition *exposition, const BvStatsItem *item, const char *labels,
               GString *label)
{
  guint64 value, state;

  if (!bv_stats_item_get (item, BV_STAT_VCPU_TIME, &value))
    return;
  if (!bv_stats_item_get (item, BV_STAT_VCPU_STATE, &state))
    state = G_MAXUINT64;
  bv_exposition_add_label (label, "state", bv_vcpu_state_to_string (state));
  bv_exposition_add (exposition, BV_METRIC_VCPU_TIME, labels, label->str, value, BV_SCALE_NANO);
}

static void
add_dirty_rate (BvExposition *exposition, const BvStatsItem *item, const char *labels)
{
  guint64 status, rate;

  if (bv_stats_item_get (item, BV_STAT_DIRTY_STATUS, &status) &&
      status == VIR_DOMAIN_DIRTYRATE_MEASURED &&
      bv_stats_item_get (item, BV_STAT_DIRTY_RATE, &rate))
    bv_exposition_add (exposition, BV_METRIC_DIRTY_RATE, labels, "", rate, BV_SCALE_MEBI);
}

void
bv_vmi_metrics_add_stats (BvExposition *exposition, BvVmiRuntime *runtime, const char *node,
                          const BvDomainStats *stats)
{
  BvVmi *vmi = get_vmi (runtime);
  g_autoptr (GString) labels = new_labels (vmi, node);
  g_autoptr (GString) label = g_string_new (NULL);

  add_own_labels (labels, bv_vmi_get_record (vmi)->metadata);
  for (guint group = 0; group < BV_N_STATS_GROUPS; group++)
    for (guint i = 0; i < stats->items[group]->len; i++)
      {
        const BvStatsItem *item = &g_array_index (stats->items[group], BvStatsItem, i);

        set_item_label (label, group, i, item, bv_vmi_runtime_get_domain (runtime));
        /* A device that libvirt did not name cannot be told from its neighbours. */
        if (group != BV_STATS_DOMAIN && label->len == 0)
          continue;
        add_group (exposition, group, item, labels->str, label);
        if (group == BV_STATS_VCPU)
          add_vcpu_time (exposition, item, labels->str, label);
      }
  add_dirty_rate (exposition, bv_domain_stats_get_domain (stats), labels->str);
}

/* As KubeVirt has it: one that is to move, and of which it is not known that it can, is not. */
static gboolean
is_evictable (BvVmiRuntime *runtime)
{
  const BvApiVirtualMachineInstance *record = bv_vmi_get_record (get_vmi (runtime));

  return g_strcmp0 (record->spec->eviction_strategy, "LiveMigrate") != 0 ||
         bv_conditions_is_true (bv_vmi_runtime_get_conditions (runtime), "LiveMigratable");
}

static void
add_info (BvExposition *exposition, BvVmiRuntime *runtime, const char *labels)
{
  const BvApiVirtualMachineInstance *record = bv_vmi_get_record (get_vmi (runtime));
  BvGuestAgent *agent = bv_vmi_runtime_get_agent (runtime);
  const BvGuestOs *os = agent != NULL ? &bv_guest_agent_get_info (agent)->os : NULL;
  const BvApiMachine *machine = record->spec->domain->machine;
  g_autofree char *phase = g_ascii_strdown (bv_vmi_runtime_get_status (runtime)->phase, -1);
  const struct
  {
    const char *name;
    const char *value;
  } more[] = {
    { "phase", phase },
    { "os", bv_label_metrics_find_annotation (record->metadata, "vm.kubevirt.io/os") },
    { "workload", bv_label_metrics_find_annotation (record->metadata, "vm.kubevirt.io/workload") },
    { "flavor", bv_label_metrics_find_annotation (record->metadata, "vm.kubevirt.io/flavor") },
    { "guest_os_kernel_release", os != NULL ? os->kernel_release : NULL },
    { "guest_os_machine", machine != NULL ? machine->type : NULL },
    { "guest_os_arch", os != NULL ? os->machine : NULL },
    { "guest_os_name", os != NULL ? os->name : NULL },
    { "guest_os_version_id", os != NULL ? os->version_id : NULL },
    { "evictable", is_evictable (runtime) ? "true" : "false" },
  };
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    bv_exposition_add_label (label, more[i].name, more[i].value);
  bv_exposition_add (exposition, BV_METRIC_VMI_INFO, labels, label->str, 1, BV_SCALE_ONE);
  bv_exposition_add (exposition, BV_METRIC_VMI_NON_EVICTABLE, labels, "", !is_evictable (runtime),
                     BV_SCALE_ONE);
}

static void
add_address (BvExposition *exposition, const char *labels, const BvInterfaceStatus *status)
{
  const char *address = status->addresses != NULL ? status->addresses[0] : NULL;
  g_autoptr (GString) label = g_string_new (NULL);

  if (address == NULL && status->name == NULL && status->interface_name == NULL)
    return;
  bv_exposition_add_label (label, "vnic_name", status->name);
  bv_exposition_add_label (label, "interface_name", status->interface_name);
  bv_exposition_add_label (label, "address", address);
  bv_exposition_add_label (label, "type",
                           address != NULL ? "ExternalInterface" : "SystemInterface");
  bv_exposition_add (exposition, BV_METRIC_VMI_ADDRESSES, labels, label->str, 1, BV_SCALE_ONE);
}

static void
add_filesystems (BvExposition *exposition, const char *labels, GPtrArray *filesystems)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; i < filesystems->len; i++)
    {
      const BvGuestFilesystem *filesystem = filesystems->pdata[i];

      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "disk_name", filesystem->name);
      bv_exposition_add_label (label, "mount_point", filesystem->mount_point);
      bv_exposition_add_label (label, "file_system_type", filesystem->type);
      /* The guest may say anything, also the same twice, which would spoil the whole text. */
      if (!g_hash_table_add (seen, g_strdup (label->str)))
        continue;
      bv_exposition_add (exposition, BV_METRIC_FS_CAPACITY, labels, label->str,
                         filesystem->total_bytes, BV_SCALE_ONE);
      bv_exposition_add (exposition, BV_METRIC_FS_USED, labels, label->str, filesystem->used_bytes,
                         BV_SCALE_ONE);
    }
}

static void
add_overhead (BvExposition *exposition, BvVmi *vmi, const char *architecture, double ratio)
{
  g_autoptr (GString) labels = new_labels (vmi, NULL);
  guint64 bytes = bv_memory_overhead_of (bv_vmi_get_record (vmi)->spec, architecture, ratio);

  bv_exposition_add (exposition, BV_METRIC_VMI_OVERHEAD, labels->str, "", bytes, BV_SCALE_ONE);
}

static void
add_panics (BvExposition *exposition, BvVmiRuntime *runtime)
{
  GHashTable *panics = bv_vmi_runtime_get_panics (runtime);
  g_autoptr (GString) labels = new_labels (get_vmi (runtime), NULL);
  g_autoptr (GString) label = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key, n;

  if (panics == NULL)
    return;
  g_hash_table_iter_init (&iter, panics);
  while (g_hash_table_iter_next (&iter, &key, &n))
    {
      g_auto (GStrv) parts = g_strsplit (key, " ", 2);

      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "type", parts[0]);
      bv_exposition_add_label (label, "bugcheck_code", parts[1]);
      bv_exposition_add (exposition, BV_METRIC_PANICS, labels->str, label->str,
                         GPOINTER_TO_UINT (n), BV_SCALE_ONE);
    }
}

static void
add_load (BvExposition *exposition, const char *labels, const BvGuestInfo *info)
{
  static const BvMetric families[BV_GUEST_N_LOADS] = { BV_METRIC_LOAD_1, BV_METRIC_LOAD_5,
                                                       BV_METRIC_LOAD_15 };

  for (guint i = 0; (info->parts & BV_GUEST_LOAD) != 0 && i < BV_GUEST_N_LOADS; i++)
    bv_exposition_add (exposition, families[i], labels, "",
                       (guint64)(info->load[i] * G_USEC_PER_SEC), BV_SCALE_MICRO);
}

void
bv_vmi_metrics_add_facts (BvExposition *exposition, BvVmiRuntime *runtime, const char *node,
                          const char *architecture, double overhead_ratio)
{
  BvVmi *vmi = get_vmi (runtime);
  GPtrArray *interfaces = bv_vmi_runtime_get_interfaces (runtime);
  BvGuestAgent *agent = bv_vmi_runtime_get_agent (runtime);
  g_autoptr (GString) labels = new_labels (vmi, node);
  g_autoptr (GString) short_labels = new_labels (vmi, NULL);

  add_info (exposition, runtime, labels->str);
  for (guint i = 0; interfaces != NULL && i < interfaces->len; i++)
    add_address (exposition, labels->str, interfaces->pdata[i]);
  bv_vnic_metrics_add (exposition, BV_METRIC_VMI_VNIC, short_labels->str,
                       bv_vmi_get_record (vmi)->spec);
  add_overhead (exposition, vmi, architecture, overhead_ratio);
  add_panics (exposition, runtime);
  bv_gpu_metrics_add (exposition, labels->str, bv_vmi_get_record (vmi)->spec->domain->devices,
                      bv_vmi_runtime_get_status (runtime)->reservation);
  if (agent == NULL)
    return;
  add_own_labels (labels, bv_vmi_get_record (vmi)->metadata);
  add_filesystems (exposition, labels->str, bv_guest_agent_get_info (agent)->filesystems);
  add_load (exposition, labels->str, bv_guest_agent_get_info (agent));
}

void
bv_vmi_metrics_add_migration (BvExposition *exposition, BvRegistry *registry, BvVmiRuntime *runtime,
                              const char *node)
{
  g_autoptr (GString) labels = new_labels (get_vmi (runtime), node);

  bv_migration_metrics_add_times (exposition, registry, bv_vmi_runtime_get_status (runtime),
                                  labels->str);
}
