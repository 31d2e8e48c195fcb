/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-daemon.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <systemd/sd-daemon.h>

#include "daemon/bv-bus.h"
#include "daemon/bv-gate.h"
#include "model/bv-error.h"
#include "stats/bv-metrics-server.h"

#define BUS_NAME "org.barevirt1"

typedef struct
{
  const BvDaemonOptions *options;
  GMainLoop *loop;
  BvEnvironment *environment;
  BvController *controller;
  BvAuthority *authority;
  BvBus *bus;
  BvGate *gate;             /* until all that is stored is on the bus */
  BvMetricsServer *metrics; /* NULL: nobody is to read them */
  guint name_id;
  gboolean has_name;
  gboolean is_announced; /* READY=1 was sent */
  int status;
} Daemon;

static void
fail (Daemon *self, const char *message)
{
  g_printerr ("barevirtd: %s\n", message);
  self->status = 1;
  g_main_loop_quit (self->loop);
}

/* To systemd. A libvirt that is not there must not keep the host from starting up. */
static void
announce (Daemon *self)
{
  BvConnectionState state = bv_connection_get_state (self->environment->connection);
  gboolean settled =
      bv_controller_is_ready (self->controller) || state == BV_CONNECTION_DISCONNECTED;

  if (!self->has_name || !settled)
    return;
  sd_notifyf (0, "STATUS=%s",
              state == BV_CONNECTION_CONNECTED ? "Connected to libvirt." : "Waiting for libvirt.");
  if (!self->is_announced)
    sd_notify (0, "READY=1");
  self->is_announced = TRUE;
}

/* The drop-in folder is beside the settings. */
static gboolean
watch_manifests (Daemon *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->options->config_file);
  g_autofree char *path = g_build_filename (folder, "manifests.d", NULL);

  return bv_controller_watch_manifests (self->controller, path, error);
}

static gboolean
load (Daemon *self, GDBusConnection *connection, GError **error)
{
  if (!bv_controller_load (self->controller, error) || !watch_manifests (self, error))
    return FALSE;
  self->bus = bv_bus_new (self->controller, self->authority);
  bv_bus_set_connection (self->bus, connection);
  bv_controller_start (self->controller);
  return TRUE;
}

/* Others may call as soon as they see the name; they wait at the gate meanwhile. */
static void
name_acquired_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;

  self->has_name = TRUE;
  if (self->bus == NULL && !load (self, connection, &error))
    {
      fail (self, error->message);
      return;
    }
  g_clear_pointer (&self->gate, bv_gate_free);
  announce (self);
}

static void
name_lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Daemon *self = user_data;

  if (connection == NULL || g_dbus_connection_is_closed (connection))
    fail (self, _ ("The message bus cannot be reached, or went away."));
  else if (self->has_name)
    fail (self, _ ("Another program took the name org.barevirt1 on the bus."));
  else
    fail (self,
          _ ("The name org.barevirt1 is taken on the bus: another barevirtd runs there, or this "
             "user may not own the name. Stop that one first."));
}

static void
bus_acquired_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Daemon *self = user_data;

  self->gate = bv_gate_new (connection);
}

static gboolean
terminate_cb (gpointer user_data)
{
  Daemon *self = user_data;

  sd_notify (0, "STOPPING=1");
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
watchdog_cb (gpointer user_data)
{
  sd_notify (0, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static guint
start_watchdog (void)
{
  guint64 interval;

  if (sd_watchdog_enabled (0, &interval) <= 0)
    return 0;
  return g_timeout_add (MAX (interval / 2000, 1), watchdog_cb, NULL);
}

/* QEMU's user must be able to pass through it. */
static gboolean
make_runtime_directory (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0711) == 0 && g_chmod (path, 0711) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."), path,
               g_strerror (errno));
  return FALSE;
}

/* Guests are not to go without the service because a port is taken. */
static void
serve_metrics (Daemon *self)
{
  const char *address = bv_config_get_string (self->environment->config, "metrics", "listen");
  g_autoptr (GError) error = NULL;

  if (address == NULL || *address == '\0')
    return;
  self->metrics = bv_metrics_server_new (self->environment, address, &error);
  if (self->metrics == NULL)
    g_warning (_ ("Nobody can read the metrics: %s"), error->message);
}

static gboolean
set_up (Daemon *self, GError **error)
{
  const BvDaemonOptions *options = self->options;
  g_autoptr (BvConfig) config = bv_config_new_from_file (options->config_file, error);
  g_autoptr (BvStore) store = NULL;

  if (config == NULL || !make_runtime_directory (options->runtime_directory, error))
    return FALSE;
  store = bv_store_new (options->state_directory, error);
  if (store == NULL)
    return FALSE;
  self->environment = bv_environment_new (config, store, options->uri, options->runtime_directory,
                                          options->state_directory);
  self->controller = bv_controller_new (self->environment);
  self->authority = bv_authority_new (options->bus_type);
  g_signal_connect_swapped (self->controller, "ready-changed", G_CALLBACK (announce), self);
  g_signal_connect_swapped (self->environment->connection, "notify::state", G_CALLBACK (announce),
                            self);
  serve_metrics (self);
  return TRUE;
}

static void
tear_down (Daemon *self)
{
  g_clear_pointer (&self->gate, bv_gate_free);
  g_clear_handle_id (&self->name_id, g_bus_unown_name);
  if (self->metrics != NULL)
    bv_metrics_server_stop (self->metrics);
  g_clear_object (&self->metrics);
  if (self->controller != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->controller, self);
      g_signal_handlers_disconnect_by_data (self->environment->connection, self);
      bv_controller_stop (self->controller);
    }
  if (self->environment != NULL)
    bv_store_close (self->environment->store);
  g_clear_object (&self->bus);
  g_clear_object (&self->authority);
  g_clear_object (&self->controller);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static void
serve (Daemon *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGTERM, terminate_cb, self),
    g_unix_signal_add (SIGINT, terminate_cb, self),
    start_watchdog (),
  };

  self->name_id =
      g_bus_own_name (self->options->bus_type, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                      bus_acquired_cb, name_acquired_cb, name_lost_cb, self, NULL);
  g_main_loop_run (self->loop);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (&sources[i], g_source_remove);
}

int
bv_daemon_run (const BvDaemonOptions *options)
{
  Daemon self = { .options = options, .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr (GError) error = NULL;

  /* A limit on the size of files is then an error of the store's, as a full disk is. */
  signal (SIGXFSZ, SIG_IGN);
  if (set_up (&self, &error))
    serve (&self);
  else
    fail (&self, error->message);
  tear_down (&self);
  return self.status;
}
