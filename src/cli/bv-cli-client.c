/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"

#include "cli/bv-cli-jobs.h"
#include "cli/bv-cli-progress.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>

#define BUS_NAME "org.barevirt1"
#define ROOT_PATH "/org/barevirt1"

#define MIGRATION "VirtualMachineInstanceMigration"

struct _BvCliClient
{
  GDBusConnection *connection;
  GDBusObjectManager *objects; /* NULL where it is for the manager alone */
  BvDBusManager *manager;
  const char *namespace;
};

static char *
name_bus (const BvCliOptions *options)
{
  if (options->address != NULL)
    return g_strdup_printf (_ ("The bus at “%s”"), options->address);
  return g_strdup (options->session ? _ ("The session bus") : _ ("The system bus"));
}

static GDBusConnection *
open_bus (const BvCliOptions *options, GError **error)
{
  const GDBusConnectionFlags flags = G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;

  if (options->address != NULL)
    return g_dbus_connection_new_for_address_sync (options->address, flags, NULL, NULL, error);
  return g_bus_get_sync (options->session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, error);
}

static GDBusConnection *
connect_to_bus (const BvCliOptions *options, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GDBusConnection *connection = open_bus (options, &cause);
  g_autofree char *bus = NULL;

  if (connection != NULL)
    return connection;
  bus = name_bus (options);
  /* Translators: the first %s is a bus, such as “The system bus”. */
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("%s cannot be reached (%s); name another with --system, --session or --address."),
               bus, cause->message);
  return NULL;
}

/* Whoever has an agent of polkit's is asked for a password. */
static GDBusMessage *
allow_questions (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                 gpointer user_data)
{
  const GDBusMessageFlags flag = G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
  GDBusMessage *copy;

  if (incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  copy = g_dbus_message_copy (message, NULL);
  if (copy == NULL)
    return message;
  g_dbus_message_set_flags (copy, g_dbus_message_get_flags (message) | flag);
  g_object_unref (message);
  return copy;
}

/* A password may take its time, and so may what is asked of a guest. */
static void
wait_for_ever (GDBusObjectManager *objects)
{
  GList *all = g_dbus_object_manager_get_objects (objects);

  for (GList *object = all; object != NULL; object = object->next)
    {
      GList *interfaces = g_dbus_object_get_interfaces (object->data);

      for (GList *proxy = interfaces; proxy != NULL; proxy = proxy->next)
        g_dbus_proxy_set_default_timeout (proxy->data, G_MAXINT);
      g_list_free_full (interfaces, g_object_unref);
    }
  g_list_free_full (all, g_object_unref);
}

static gboolean
find_service (BvCliClient *self, GError **error)
{
  g_autofree char *owner = NULL;

  self->manager = bv_dbus_manager_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE,
                                                  BUS_NAME, ROOT_PATH, NULL, error);
  if (self->manager == NULL)
    return FALSE;
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->manager), G_MAXINT);
  g_dbus_connection_add_filter (self->connection, allow_questions, NULL, NULL);
  owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->manager));
  if (owner != NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("No barevirtd answers on this bus; start it (“systemctl start barevirtd”), "
                  "or name another bus with --session or --address."));
  return FALSE;
}

/* For what asks the manager alone: the picture of many objects takes its time. */
BvCliClient *
bv_cli_client_new_for_manager (const BvCliOptions *options, GError **error)
{
  g_autoptr (BvCliClient) self = g_new0 (BvCliClient, 1);

  /* Registers the names of our errors, so that they are known when they come. */
  bv_error_quark ();
  self->namespace = bv_cli_options_get_namespace (options);
  self->connection = connect_to_bus (options, error);
  if (self->connection == NULL || !find_service (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

BvCliClient *
bv_cli_client_new (const BvCliOptions *options, GError **error)
{
  g_autoptr (BvCliClient) self = bv_cli_client_new_for_manager (options, error);

  if (self == NULL)
    return NULL;
  self->objects = bv_dbus_object_manager_client_new_sync (
      self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, BUS_NAME, ROOT_PATH, NULL, error);
  if (self->objects == NULL)
    return NULL;
  wait_for_ever (self->objects);
  return g_steal_pointer (&self);
}

void
bv_cli_client_free (BvCliClient *self)
{
  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
  g_clear_object (&self->connection);
  g_free (self);
}

GDBusObjectManager *
bv_cli_client_get_objects (BvCliClient *self)
{
  return self->objects;
}

BvDBusManager *
bv_cli_client_get_manager (BvCliClient *self)
{
  return self->manager;
}

static int
compare_objects (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (g_dbus_object_get_object_path (*(GDBusObject *const *)a),
                    g_dbus_object_get_object_path (*(GDBusObject *const *)b));
}

static gboolean
is_wanted (BvDBusObject *object, const char *kind, const char *namespace)
{
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);

  if (stored == NULL)
    return FALSE;
  if (kind != NULL && g_strcmp0 (bv_dbus_stored_object_get_kind (stored), kind) != 0)
    return FALSE;
  return namespace == NULL ||
         g_strcmp0 (bv_dbus_stored_object_get_namespace (stored), namespace) == 0;
}

/* The objects of KIND (NULL: of all) in NAMESPACE (NULL: in all), by their paths. */
GPtrArray *
bv_cli_client_list (BvCliClient *self, const char *kind, const char *namespace)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GList *all = g_dbus_object_manager_get_objects (self->objects);

  for (GList *link = all; link != NULL; link = link->next)
    if (is_wanted (link->data, kind, namespace))
      g_ptr_array_add (found, g_object_ref (link->data));
  g_list_free_full (all, g_object_unref);
  g_ptr_array_sort (found, compare_objects);
  return found;
}

static gboolean
is_of_guest (const char *kind)
{
  return g_str_equal (kind, "VirtualMachine") || g_str_equal (kind, "VirtualMachineInstance");
}

/* To which the guest NAME moved, or NULL: as this host has it on record. */
static char *
find_host_of (BvCliClient *self, const char *kind, const char *name)
{
  g_autoptr (GPtrArray) all = bv_cli_client_list (self, MIGRATION, self->namespace);

  for (guint i = 0; i < all->len && is_of_guest (kind); i++)
    {
      BvDBusMigration *migration = bv_dbus_object_peek_migration (all->pdata[i]);

      if (migration != NULL && g_strcmp0 (bv_dbus_migration_get_vmi_name (migration), name) == 0 &&
          g_strcmp0 (bv_dbus_migration_get_role (migration), "source") == 0 &&
          g_strcmp0 (bv_dbus_migration_get_phase (migration), "Succeeded") == 0)
        return g_strdup (bv_dbus_migration_get_target (migration));
    }
  return NULL;
}

static BvDBusObject *
look_up (BvCliClient *self, const char *kind, const char *name)
{
  g_autoptr (GPtrArray) all = bv_cli_client_list (self, kind, self->namespace);

  for (guint i = 0; i < all->len; i++)
    if (g_strcmp0 (
            bv_dbus_stored_object_get_name (bv_dbus_object_peek_stored_object (all->pdata[i])),
            name) == 0)
      return g_object_ref (all->pdata[i]);
  return NULL;
}

/* A VM that does not run has no VMI. */
static gboolean
is_stopped (BvCliClient *self, const char *kind, const char *name)
{
  g_autoptr (BvDBusObject) vm =
      g_str_equal (kind, "VirtualMachineInstance") ? look_up (self, "VirtualMachine", name) : NULL;

  return vm != NULL;
}

BvDBusObject *
bv_cli_client_find (BvCliClient *self, const char *kind, const char *name, GError **error)
{
  BvDBusObject *found = look_up (self, kind, name);
  g_autofree char *host = found == NULL ? find_host_of (self, kind, name) : NULL;

  if (found != NULL)
    return found;
  if (is_stopped (self, kind, name))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING,
                 _ ("The VirtualMachine “%s” in the namespace “%s” does not run, and so has no "
                    "VMI; “barevirt start %s -n %s” starts it."),
                 name, self->namespace, name, self->namespace);
  else if (host != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("The %s “%s” in the namespace “%s” is not on this host any more: it moved to "
                    "the host %s."),
                 kind, name, self->namespace, host);
  else
    g_set_error (
        error, BV_ERROR, BV_ERROR_NOT_FOUND,
        _ ("There is no %s “%s” in the namespace “%s”; “barevirt get %s -A” lists those of "
           "all namespaces."),
        kind, name, self->namespace, kind);
  return NULL;
}

static gboolean
job_is_done (BvDBusJob *job)
{
  return g_strcmp0 (bv_dbus_job_get_state (job), "running") != 0;
}

typedef struct
{
  GMainLoop *loop;
  BvCliProgress progress;
} Wait;

static void
on_job_changed (BvDBusJob *job, GVariant *changed, const char *const *invalidated, Wait *wait)
{
  if (job_is_done (job))
    g_main_loop_quit (wait->loop);
  else
    bv_cli_progress_show (&wait->progress, job);
}

/* Runs the main loop until the job has ended; FALSE where it failed, with its error. */
gboolean
bv_cli_client_wait_for_job (BvCliClient *self, const char *path, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (BvDBusJob) job = bv_dbus_job_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE,
                                                          BUS_NAME, path, NULL, error);
  g_autofree char *what = NULL;
  Wait wait = { .loop = loop };
  gulong handler;

  if (job == NULL)
    return FALSE;
  handler = g_signal_connect (job, "g-properties-changed", G_CALLBACK (on_job_changed), &wait);
  if (!job_is_done (job))
    g_main_loop_run (loop);
  g_signal_handler_disconnect (job, handler);
  bv_cli_progress_end (&wait.progress);
  if (g_strcmp0 (bv_dbus_job_get_state (job), "succeeded") == 0)
    return TRUE;
  what = bv_cli_short_name (self, bv_dbus_job_get_object (job));
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The job “%s” of %s was not done: %s"),
               bv_dbus_job_get_operation (job), what,
               bv_dbus_job_get_message (job) != NULL ? bv_dbus_job_get_message (job)
                                                     : bv_dbus_job_get_state (job));
  return FALSE;
}
