/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-remote.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-ssh-bridge.h"
#include "model/bv-error.h"

#define BUS_NAME "org.barevirt1"
#define ROOT_PATH "/org/barevirt1"
#define RECEIVER "org.barevirt1.Receiver"

#define CONNECT_SECONDS 20

struct _BvRemote
{
  GObject parent_instance;

  char *name;
  char *address;
  GDBusConnection *connection; /* NULL: none is open */
};

G_DEFINE_FINAL_TYPE (BvRemote, bv_remote, G_TYPE_OBJECT)

static void
drop_connection (BvRemote *self)
{
  if (self->connection != NULL)
    g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_clear_object (&self->connection);
}

static void
bv_remote_finalize (GObject *object)
{
  BvRemote *self = BV_REMOTE (object);

  drop_connection (self);
  g_free (self->name);
  g_free (self->address);
  G_OBJECT_CLASS (bv_remote_parent_class)->finalize (object);
}

static void
bv_remote_class_init (BvRemoteClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_remote_finalize;
}

static void
bv_remote_init (BvRemote *self)
{
}

BvRemote *
bv_remote_new (const BvRemoteHost *host)
{
  BvRemote *self = g_object_new (BV_TYPE_REMOTE, NULL);

  self->name = g_strdup (host->name);
  self->address = g_strdup (host->address);
  return self;
}

typedef struct
{
  char *method;
  GVariant *parameters;
  GVariantType *reply_type;
  guint seconds;
  GCancellable *connecting; /* ends the attempt when it takes too long */
  guint timeout_id;
} Call;

static void
call_free (Call *self)
{
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_object_unref (self->connecting);
  g_free (self->method);
  g_variant_unref (self->parameters);
  g_variant_type_free (self->reply_type);
  g_free (self);
}

/* Errors of our own come with their names; whatever else went wrong is the way there. */
static void
fail (GTask *task, GError *error)
{
  BvRemote *self = g_task_get_source_object (task);

  if (error->domain != BV_ERROR)
    {
      GError *ours = NULL;

      drop_connection (self);
      g_dbus_error_strip_remote_error (error);
      ours = g_error_new (G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE,
                          _ ("barevirtd on the host %s does not answer (%s)."), self->name,
                          error->message);
      g_error_free (error);
      error = ours;
    }
  else
    g_dbus_error_strip_remote_error (error);
  g_task_return_error (task, error);
}

static void
bv_remote_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify)g_variant_unref);
  else
    fail (task, error);
}

static void
call_now (GTask *task)
{
  BvRemote *self = g_task_get_source_object (task);
  const Call *call = g_task_get_task_data (task);

  g_dbus_connection_call (self->connection, BUS_NAME, ROOT_PATH, RECEIVER, call->method,
                          call->parameters, call->reply_type, G_DBUS_CALL_FLAGS_NONE,
                          (int)call->seconds * 1000, g_task_get_cancellable (task),
                          bv_remote_called_cb, task);
}

static void
take_connection (GTask *task, GDBusConnection *connection, GError *error)
{
  BvRemote *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  g_clear_handle_id (&call->timeout_id, g_source_remove);
  if (connection == NULL)
    {
      fail (task, error);
      g_object_unref (task);
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  drop_connection (self);
  self->connection = connection;
  call_now (task);
}

static void
bv_remote_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  take_connection (user_data, connection, error);
}

static void
bv_remote_bridged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GDBusConnection *connection = bv_ssh_bridge_open_finish (result, &error);

  take_connection (user_data, connection, error);
}

static gboolean
bv_remote_timed_out_cb (gpointer user_data)
{
  Call *call = user_data;

  call->timeout_id = 0;
  g_cancellable_cancel (call->connecting);
  return G_SOURCE_REMOVE;
}

static void
open_connection (GTask *task)
{
  BvRemote *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  const GDBusConnectionFlags flags = G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;

  call->timeout_id = g_timeout_add_seconds (CONNECT_SECONDS, bv_remote_timed_out_cb, call);
  if (bv_ssh_bridge_is_address (self->address))
    bv_ssh_bridge_open_async (self->address, call->connecting, bv_remote_bridged_cb, task);
  else
    g_dbus_connection_new_for_address (self->address, flags, NULL, call->connecting,
                                       bv_remote_connected_cb, task);
}

void
bv_remote_call_async (BvRemote *self, const char *method, GVariant *parameters,
                      const char *reply_type, guint seconds, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  /* Registers the names of our errors, so that they are known when they come. */
  bv_error_quark ();
  call->method = g_strdup (method);
  call->parameters = g_variant_ref_sink (parameters);
  call->reply_type = g_variant_type_new (reply_type);
  call->seconds = seconds;
  call->connecting = g_cancellable_new ();
  g_task_set_source_tag (task, bv_remote_call_async);
  g_task_set_task_data (task, call, (GDestroyNotify)call_free);
  if (self->connection != NULL && !g_dbus_connection_is_closed (self->connection))
    call_now (task);
  else
    open_connection (task);
}

/* The reply, which the caller owns. */
GVariant *
bv_remote_call_finish (BvRemote *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
bv_remote_is_unreachable (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
}
