/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-stats-methods.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-runtime.h"

static BvEnvironment *
get_environment (BvRequest *request)
{
  return bv_controller_get_environment (bv_bus_get_controller (bv_request_get_bus (request)));
}

static const BvDomainStats *
find_stats (BvStatsSnapshot *snapshot, BvVmiRuntime *runtime)
{
  const BvDomainInfo *domain = runtime != NULL ? bv_vmi_runtime_get_domain (runtime) : NULL;

  return domain != NULL ? bv_stats_snapshot_find (snapshot, domain->uuid) : NULL;
}

static GVariant *
make_stats (BvStatsSnapshot *snapshot, const BvDomainStats *stats, BvVmiRuntime *runtime)
{
  g_autoptr (GVariant) figures =
      g_variant_ref_sink (bv_domain_stats_to_variant (stats, bv_vmi_runtime_get_domain (runtime)));
  GVariantDict dict;

  g_variant_dict_init (&dict, figures);
  g_variant_dict_insert (&dict, "time", "t", (guint64)snapshot->time);
  return g_variant_dict_end (&dict);
}

static void
bv_vmi_got_stats_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GError) error = NULL;
  g_autoptr (BvStatsSnapshot) snapshot =
      bv_stats_collector_collect_finish (BV_STATS_COLLECTOR (source), result, &error);
  const BvDomainStats *stats = snapshot != NULL ? find_stats (snapshot, runtime) : NULL;

  if (snapshot != NULL && stats == NULL)
    error = g_error_new (BV_ERROR, BV_ERROR_NOT_RUNNING,
                         _ ("The guest of %s has just ended, or just begun: libvirt has no figures "
                            "of it."),
                         bv_object_get_name (bv_entry_get_object (bv_request_get_entry (request))));
  if (error != NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (request, g_variant_new ("(@a{sv})", make_stats (snapshot, stats, runtime)));
}

void
bv_vmi_get_stats (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GError) error = NULL;

  if (bv_vmi_runtime_check_running (runtime, &error))
    bv_stats_collector_collect_async (get_environment (request)->stats, NULL, bv_vmi_got_stats_cb,
                                      request);
  else
    bv_request_return_error (request, error);
}

static void
add_entry (GVariantBuilder *builder, BvStatsSnapshot *snapshot, BvEntry *entry)
{
  g_autofree char *path = NULL;
  const BvDomainStats *stats;

  if (!BV_IS_VMI (bv_entry_get_object (entry)))
    return;
  stats = find_stats (snapshot, bv_entry_get_runtime (entry));
  if (stats == NULL)
    return;
  path = bv_bus_get_entry_path (entry);
  g_variant_builder_add (builder, "{o@a{sv}}", path,
                         make_stats (snapshot, stats, bv_entry_get_runtime (entry)));
}

static void
bv_manager_got_stats_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvStatsSnapshot) snapshot =
      bv_stats_collector_collect_finish (BV_STATS_COLLECTOR (source), result, &error);
  g_autoptr (GPtrArray) entries = NULL;
  GVariantBuilder builder;

  if (snapshot == NULL)
    {
      bv_request_return_error (request, error);
      return;
    }
  entries = bv_registry_list (get_environment (request)->registry);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sv}}"));
  for (guint i = 0; i < entries->len; i++)
    add_entry (&builder, snapshot, entries->pdata[i]);
  bv_request_return (request, g_variant_new ("(a{oa{sv}})", &builder));
}

void
bv_manager_get_all_stats (BvRequest *request, gpointer user_data)
{
  bv_stats_collector_collect_async (get_environment (request)->stats, NULL, bv_manager_got_stats_cb,
                                    request);
}
