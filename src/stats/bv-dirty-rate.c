/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-dirty-rate.h"

#include <glib/gi18n-lib.h>

#include "model/bv-vmi.h"
#include "runtime/domain/bv-domain-request.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "runtime/vmi/bv-vmi-runtime.h"

#define MEASURE_SECONDS 1
#define PATIENCE_MS 1200

static gpointer
start (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const BvDomainRequest *request = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (request, handle, error);

  if (domain == NULL)
    return NULL;
  if (virDomainStartDirtyRateCalc (domain, MEASURE_SECONDS, 0) == 0)
    return data;
  bv_set_error_from_libvirt (error, _ ("How fast the guest of %s writes cannot be measured"),
                             request->name);
  return NULL;
}

static void
bv_dirty_rate_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (bv_connection_call_finish (BV_CONNECTION (source), result, &error) == NULL)
    g_debug ("%s", error->message);
}

static gboolean
measured_cb (gpointer user_data)
{
  GTask *task = user_data;

  /* What has not begun by now must not pile up behind a guest that hangs. */
  g_cancellable_cancel (g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
start_one (BvEnvironment *environment, BvEntry *entry, GCancellable *cancellable)
{
  BvVmiRuntime *runtime =
      BV_IS_VMI (bv_entry_get_object (entry)) ? bv_entry_get_runtime (entry) : NULL;
  const BvDomainInfo *domain = runtime != NULL ? bv_vmi_runtime_get_domain (runtime) : NULL;
  BvDomainRequest *request;

  if (domain == NULL || domain->state != BV_DOMAIN_RUNNING)
    return;
  request = bv_domain_request_new (domain->name, NULL, 0);
  bv_domain_request_set_uuid (request, domain->uuid);
  bv_connection_call_async (environment->connection, BV_LANE_AGENT, domain->name, start, request,
                            bv_domain_request_free, NULL, cancellable, bv_dirty_rate_started_cb,
                            NULL);
}

void
bv_dirty_rate_measure_async (BvEnvironment *environment, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  GCancellable *cancellable = g_cancellable_new ();
  g_autoptr (GPtrArray) entries = bv_registry_list (environment->registry);

  g_task_set_source_tag (task, bv_dirty_rate_measure_async);
  g_task_set_task_data (task, cancellable, g_object_unref);
  for (guint i = 0; i < entries->len; i++)
    start_one (environment, entries->pdata[i], cancellable);
  g_timeout_add_full (G_PRIORITY_DEFAULT, PATIENCE_MS, measured_cb, task, g_object_unref);
}

void
bv_dirty_rate_measure_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
