/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-network-keeper.h"

#include "host/network/bv-firewall-monitor.h"
#include "runtime/connection/bv-worker.h"

/* Our own changes are told too, and those of others come in swarms. */
#define PAUSE_MS 100

struct _BvNetworkKeeper
{
  GObject parent_instance;

  BvNetworks *networks;
  GThreadPool *workers;
  BvFirewallMonitor *monitor;
  guint pause_id;
  gboolean checking;
  gboolean again;
};

G_DEFINE_FINAL_TYPE (BvNetworkKeeper, bv_network_keeper, G_TYPE_OBJECT)

static void
bv_network_keeper_dispose (GObject *object)
{
  BvNetworkKeeper *self = BV_NETWORK_KEEPER (object);

  g_clear_handle_id (&self->pause_id, g_source_remove);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  g_clear_object (&self->networks);
  G_OBJECT_CLASS (bv_network_keeper_parent_class)->dispose (object);
}

static void
bv_network_keeper_class_init (BvNetworkKeeperClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_network_keeper_dispose;
}

static void
bv_network_keeper_init (BvNetworkKeeper *self)
{
}

static void
check_in_worker (GTask *task)
{
  BvNetworks *networks = g_task_get_task_data (task);
  GError *error = NULL;

  if (bv_networks_check_rules (networks, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void schedule (BvNetworkKeeper *self);

static void
bv_network_keeper_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvNetworkKeeper *self = BV_NETWORK_KEEPER (source);
  g_autoptr (GError) error = NULL;

  self->checking = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_warning ("%s", error->message);
  if (self->again && self->networks != NULL)
    schedule (self);
}

static gboolean
bv_network_keeper_pause_cb (gpointer user_data)
{
  BvNetworkKeeper *self = user_data;
  GTask *task = g_task_new (self, NULL, bv_network_keeper_checked_cb, NULL);

  self->pause_id = 0;
  self->checking = TRUE;
  self->again = FALSE;
  g_task_set_source_tag (task, bv_network_keeper_pause_cb);
  g_task_set_task_data (task, g_object_ref (self->networks), g_object_unref);
  bv_worker_push_task (self->workers, check_in_worker, task);
  return G_SOURCE_REMOVE;
}

static void
schedule (BvNetworkKeeper *self)
{
  self->again = TRUE;
  if (!self->checking && self->pause_id == 0)
    self->pause_id = g_timeout_add (PAUSE_MS, bv_network_keeper_pause_cb, self);
}

BvNetworkKeeper *
bv_network_keeper_new (BvNetworks *networks, GThreadPool *workers)
{
  BvNetworkKeeper *self = g_object_new (BV_TYPE_NETWORK_KEEPER, NULL);
  g_autoptr (GError) error = NULL;

  self->networks = g_object_ref (networks);
  self->workers = workers;
  if (bv_networks_get_mode (networks) != BV_NETWORK_MODE_SYSTEM)
    return self;
  self->monitor = bv_firewall_monitor_new (&error);
  if (self->monitor != NULL)
    g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (schedule), self);
  else
    g_warning ("%s", error->message);
  return self;
}
