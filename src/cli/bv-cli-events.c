/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-event-list.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#define VM_INTERFACE "org.barevirt1.VirtualMachine"
#define VMI_INTERFACE "org.barevirt1.VirtualMachineInstance"

/* What is watched: a namespace, or NULL for all. */
typedef struct
{
  BvCliClient *client;
  const char *namespace;
} Watch;

typedef struct
{
  BvCliOptions common;
  gboolean watch;
  gboolean all_namespaces;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* What an object's path ends with: NAMESPACE/NAME, as D-Bus has it escaped. */
static const char *
tail_of (const char *path)
{
  return g_str_has_prefix (path, "/org/barevirt1/") ? path + strlen ("/org/barevirt1/") : path;
}

static void
print_event (guint64 when, const char *type, const char *object, const char *reason,
             const char *message)
{
  g_autofree char *time = bv_cli_time (when);

  g_print ("%s  %-8s %-40s %-18s %s\n", time, type, object, reason, message);
}

static gboolean
print_past (BvCliClient *client, const char *namespace, BvOutput output, GError **error)
{
  g_autoptr (GVariant) events = NULL;
  GVariantDict filter;
  GVariantDict whole;

  g_variant_dict_init (&filter, NULL);
  if (namespace != NULL)
    g_variant_dict_insert (&filter, "namespace", "s", namespace);
  if (!bv_dbus_manager_call_get_events_sync (bv_cli_client_get_manager (client),
                                             g_variant_dict_end (&filter), &events, NULL, error))
    return FALSE;
  if (output == BV_OUTPUT_TABLE)
    {
      bv_cli_print_events (events, TRUE);
      return TRUE;
    }
  g_variant_dict_init (&whole, NULL);
  g_variant_dict_insert_value (&whole, "events", events);
  bv_cli_print_variant (g_variant_dict_end (&whole), output);
  return TRUE;
}

static gboolean
is_watched (const Watch *watch, const char *path)
{
  g_autoptr (GDBusObject) object =
      g_dbus_object_manager_get_object (bv_cli_client_get_objects (watch->client), path);
  BvDBusStoredObject *stored =
      object == NULL ? NULL : bv_dbus_object_peek_stored_object (BV_DBUS_OBJECT (object));

  /* An object that has just gone is told of rather than missed. */
  return watch->namespace == NULL || stored == NULL ||
         g_strcmp0 (bv_dbus_stored_object_get_namespace (stored), watch->namespace) == 0;
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *parameters, gpointer watch)
{
  guint64 now = g_get_real_time ();
  const char *a;
  const char *b;
  const char *c;

  if (!is_watched (watch, path) || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", &a, &b, &c);
  if (g_str_equal (signal, "PhaseChanged"))
    print_event (now, "Normal", tail_of (path), b, c);
  else
    print_event (now, a, tail_of (path), b, c);
}

static void
on_owner (GObject *objects, GParamSpec *pspec, GMainLoop *loop)
{
  g_autofree char *owner =
      g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (objects));

  g_printerr ("%s\n", owner != NULL ? _ ("The service is back.")
                                    : _ ("The service has gone; waiting for it."));
}

static gboolean
on_interrupt (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
watch_signals (BvCliClient *client, const char *namespace)
{
  Watch watch = { client, namespace };
  GDBusObjectManager *objects = bv_cli_client_get_objects (client);
  GDBusConnection *connection =
      g_dbus_object_manager_client_get_connection (G_DBUS_OBJECT_MANAGER_CLIENT (objects));
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  static const struct
  {
    const char *interface;
    const char *name;
  } signals[] = {
    { VMI_INTERFACE, "PhaseChanged" },
    { VMI_INTERFACE, "Event" },
    { VM_INTERFACE, "Event" },
  };
  guint subscriptions[G_N_ELEMENTS (signals)];
  gulong handler = g_signal_connect (objects, "notify::name-owner", G_CALLBACK (on_owner), loop);

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    subscriptions[i] = g_dbus_connection_signal_subscribe (
        connection, "org.barevirt1", signals[i].interface, signals[i].name, NULL, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, on_signal, &watch, NULL);
  g_unix_signal_add (SIGINT, on_interrupt, loop);
  g_unix_signal_add (SIGTERM, on_interrupt, loop);
  g_main_loop_run (loop);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_dbus_connection_signal_unsubscribe (connection, subscriptions[i]);
  g_signal_handler_disconnect (objects, handler);
}

int
bv_cli_events (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &options.watch,
      N_ ("Go on with what happens from now on"), NULL },
    { "all-namespaces", 'A', 0, G_OPTION_ARG_NONE, &options.all_namespaces,
      N_ ("Tell of all namespaces"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  const char *namespace = NULL;

  if (!bv_cli_options_parse_output (&options.common, entries, BV_OUTPUT_JSON, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (options.watch && options.common.output != BV_OUTPUT_TABLE)
    return bv_cli_misuse (_ ("What has not happened yet cannot be printed as one document; leave "
                             "--watch or --output out."));
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  if (!options.all_namespaces)
  namespace = bv_cli_options_get_namespace (&options.common);
  if (!print_past (client, namespace, options.common.output, &error))
    return bv_cli_fail (error);
  if (options.watch)
    watch_signals (client, namespace);
  return 0;
}
