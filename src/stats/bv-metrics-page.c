/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-metrics-page.h"

#include "host/schedule/bv-memory-overhead.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-vmi.h"
#include "stats/bv-connection-metrics.h"
#include "stats/bv-dirty-rate.h"
#include "stats/bv-metric-families.h"
#include "stats/bv-migration-metrics.h"
#include "stats/bv-vm-metrics.h"
#include "stats/bv-vmi-metrics.h"

#define ENTRIES_AT_A_TIME 16

typedef struct
{
  BvEnvironment *environment;
  gboolean is_open_metrics;
  BvStatsSnapshot *snapshot; /* NULL: libvirt did not tell */
  GPtrArray *entries;        /* of BvEntry */
  guint next;
  BvExposition *exposition;
  BvUnixSockets *sockets;
  GHashTable *phases;     /* labels -> how many VMIs */
  GHashTable *namespaces; /* labels -> how many VMs */
  BvMigrationCounts migrations;
} Page;

static void
page_free (gpointer data)
{
  Page *self = data;

  g_clear_pointer (&self->snapshot, bv_stats_snapshot_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  bv_exposition_free (self->exposition);
  bv_unix_sockets_free (self->sockets);
  g_hash_table_unref (self->phases);
  g_hash_table_unref (self->namespaces);
  bv_environment_unref (self->environment);
  g_free (self);
}

static void
count (GHashTable *table, GString *labels)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (table, labels->str));

  g_hash_table_insert (table, g_strdup (labels->str), GUINT_TO_POINTER (n + 1));
}

static const char *
get_node (Page *self)
{
  return bv_host_get_facts (self->environment->host)->host_name;
}

static void
add_vmi (Page *self, BvEntry *entry)
{
  const BvHostFacts *facts = bv_host_get_facts (self->environment->host);
  double ratio = bv_config_get_ratio (self->environment->config, "memory", "overhead-ratio");
  BvVmiRuntime *runtime = bv_entry_get_runtime (entry);
  const BvDomainInfo *domain = bv_vmi_runtime_get_domain (runtime);
  const BvDomainStats *stats = NULL;
  g_autofree char *phase = g_ascii_strdown (bv_vmi_runtime_get_status (runtime)->phase, -1);
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "node", facts->host_name);
  bv_exposition_add_label (labels, "phase", phase);
  count (self->phases, labels);
  bv_vmi_metrics_add_facts (self->exposition, runtime, facts->host_name, facts->architecture,
                            ratio);
  bv_connection_metrics_add (self->exposition, runtime, self->sockets);
  bv_vmi_metrics_add_migration (self->exposition, self->environment->registry, runtime,
                                facts->host_name);
  if (self->snapshot != NULL && domain != NULL)
    stats = bv_stats_snapshot_find (self->snapshot, domain->uuid);
  if (stats != NULL)
    bv_vmi_metrics_add_stats (self->exposition, runtime, facts->host_name, stats);
}

static void
add_vm (Page *self, BvEntry *entry)
{
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "namespace",
                           bv_object_get_namespace (bv_entry_get_object (entry)));
  count (self->namespaces, labels);
  bv_vm_metrics_add (self->exposition, self->environment->registry, entry);
}

static void
add_entry (Page *self, BvEntry *entry)
{
  if (bv_entry_is_removed (entry) || bv_entry_get_runtime (entry) == NULL)
    return;
  if (BV_IS_VMI (bv_entry_get_object (entry)))
    add_vmi (self, entry);
  else if (BV_IS_VIRTUAL_MACHINE (bv_entry_get_object (entry)))
    add_vm (self, entry);
  else
    bv_migration_metrics_add (self->exposition, entry, get_node (self), &self->migrations);
}

static void
add_counts (Page *self, GHashTable *table, guint family)
{
  GHashTableIter iter;
  gpointer labels, n;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &labels, &n))
    bv_exposition_add (self->exposition, family, labels, "", GPOINTER_TO_UINT (n), BV_SCALE_ONE);
}

/* What the host is. */
static void
add_host (Page *self)
{
  const BvEnvironment *environment = self->environment;
  const BvHostFacts *facts = bv_host_get_facts (environment->host);
  gboolean connected = bv_connection_get_state (environment->connection) == BV_CONNECTION_CONNECTED;
  gboolean emulation = bv_config_get_boolean (environment->config, "hypervisor", "allow-emulation");
  g_autoptr (GString) label = g_string_new (NULL);

  bv_exposition_add_label (label, "version", BV_VERSION);
  bv_exposition_add (self->exposition, BV_METRIC_BUILD, label->str, "", 1, BV_SCALE_ONE);
  bv_exposition_add (self->exposition, BV_METRIC_CONNECTED, "", "", connected, BV_SCALE_ONE);
  bv_exposition_add (self->exposition, BV_METRIC_EMULATION, "", "", emulation, BV_SCALE_ONE);
  for (guint i = 0; facts->capabilities->deprecated_machines[i] != NULL; i++)
    {
      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "machine_type", facts->capabilities->deprecated_machines[i]);
      bv_exposition_add_label (label, "node", facts->host_name);
      bv_exposition_add (self->exposition, BV_METRIC_DEPRECATED_MACHINES, label->str, "", 1,
                         BV_SCALE_ONE);
    }
}

static void
finish (GTask *task)
{
  Page *self = g_task_get_task_data (task);
  GString *text;

  add_host (self);
  add_counts (self, self->phases, BV_METRIC_VMI_PHASE_COUNT);
  add_counts (self, self->namespaces, BV_METRIC_NUMBER_OF_VMS);
  bv_migration_metrics_add_counts (self->exposition, &self->migrations);
  bv_transition_times_expose (self->environment->transition_times, self->exposition);
  text = bv_exposition_finish (self->exposition, self->is_open_metrics);
  g_task_return_pointer (task, g_string_free_to_bytes (text), (GDestroyNotify)g_bytes_unref);
}

static gboolean
add_some_cb (gpointer user_data)
{
  GTask *task = user_data;
  Page *self = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < ENTRIES_AT_A_TIME && self->next < self->entries->len; i++)
    add_entry (self, self->entries->pdata[self->next++]);
  if (self->next < self->entries->len)
    return G_SOURCE_CONTINUE;
  finish (task);
  return G_SOURCE_REMOVE;
}

static void
bv_metrics_page_collected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Page *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->snapshot = bv_stats_collector_collect_finish (BV_STATS_COLLECTOR (source), result, &error);
  if (self->snapshot == NULL)
    g_info ("The metrics lack what libvirt knows: %s", error->message);
  self->entries = bv_registry_list (self->environment->registry);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, add_some_cb, task, g_object_unref);
}

static void
collect (GTask *task)
{
  Page *self = g_task_get_task_data (task);

  bv_stats_collector_collect_async (self->environment->stats, g_task_get_cancellable (task),
                                    bv_metrics_page_collected_cb, task);
}

static void
bv_metrics_page_measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Page *self = g_task_get_task_data (task);

  bv_dirty_rate_measure_finish (result);
  bv_stats_collector_forget (self->environment->stats);
  collect (task);
}

void
bv_metrics_page_make_async (BvEnvironment *environment, gboolean is_open_metrics,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Page *self = g_new0 (Page, 1);

  g_task_set_source_tag (task, bv_metrics_page_make_async);
  self->environment = bv_environment_ref (environment);
  self->is_open_metrics = is_open_metrics;
  self->exposition = bv_exposition_new (bv_metric_families, BV_N_METRICS);
  self->sockets = bv_unix_sockets_new ();
  self->phases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->namespaces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_task_set_task_data (task, self, page_free);
  if (bv_config_get_boolean (environment->config, "metrics", "dirty-rate"))
    bv_dirty_rate_measure_async (environment, bv_metrics_page_measured_cb, task);
  else
    collect (task);
}

GBytes *
bv_metrics_page_make_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
