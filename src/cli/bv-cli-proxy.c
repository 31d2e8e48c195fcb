/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-proxy.h"

#include "cli/bv-cli.h"
#include "host/bv-copy-stream.h"
#include "model/bv-error.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <unistd.h>

/* So long nobody is told what is waited for. */
#define ANSWER_SECONDS 10

/* More wait for their turn. */
#define MAX_CONNECTIONS 32

typedef struct
{
  BvDBusVirtualMachineInstance *vmi;
  BvCliOpenFunc func;
  guint port;
  char *via;
} Proxy;

static void
proxy_free (gpointer data, GClosure *closure)
{
  Proxy *self = data;

  g_object_unref (self->vmi);
  g_free (self->via);
  g_free (self);
}

int
bv_cli_open_port (BvDBusVirtualMachineInstance *vmi, guint port, const char *via, GError **error)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handle = NULL;
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (via != NULL)
    g_variant_dict_insert (&options, "via", "s", via);
  if (!bv_dbus_virtual_machine_instance_call_open_port_sync (
          vmi, port, g_variant_dict_end (&options), NULL, &handle, &list, NULL, error))
    return -1;
  return bv_cli_take_fd (handle, list, error);
}

int
bv_cli_open_display (BvDBusVirtualMachineInstance *vmi, guint port, const char *via, GError **error)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handle = NULL;

  if (!bv_dbus_virtual_machine_instance_call_open_vnc_sync (vmi, g_variant_new ("a{sv}", NULL),
                                                            NULL, &handle, &list, NULL, error))
    return -1;
  return bv_cli_take_fd (handle, list, error);
}

typedef struct
{
  int from;
  int to;
} Way;

static gpointer
copy_cb (gpointer data)
{
  g_autofree Way *way = data;

  bv_copy_stream (way->from, way->to);
  return NULL;
}

static GThread *
begin_copy (int from, int to)
{
  Way *way = g_new0 (Way, 1);

  way->from = from;
  way->to = to;
  return g_thread_new ("copy", copy_cb, way);
}

/* A way there may swallow what nobody answers. */
static void
wait_for_answer (int fd, guint port, const char *name)
{
  struct pollfd wanted = { .fd = fd, .events = POLLIN };

  if (poll (&wanted, 1, ANSWER_SECONDS * 1000) == 0)
    bv_cli_warn (_ ("barevirt: Port %u of virtualmachineinstance/%s is open, but nothing has come "
                    "from there for %d seconds. Does the server in the guest run, and listen at "
                    "that port? Waiting goes on; Ctrl-C ends it."),
                 port, name, ANSWER_SECONDS);
}

/* Standard input may stay open when all is over: nobody waits for it then. */
void
bv_cli_carry_stdio (int fd, guint port, const char *name)
{
  g_thread_unref (begin_copy (STDIN_FILENO, fd));
  wait_for_answer (fd, port, name);
  bv_copy_stream (fd, STDOUT_FILENO);
}

static gboolean
serve_cb (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
          gpointer user_data)
{
  const Proxy *self = user_data;
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GError) error = NULL;
  int fd = self->func (self->vmi, self->port, self->via, &error);
  int client = g_socket_get_fd (socket);
  GThread *thread;

  if (fd < 0 || !g_unix_set_fd_nonblocking (client, FALSE, &error))
    {
      bv_cli_fail (error);
      if (fd >= 0)
        g_close (fd, NULL);
      return TRUE;
    }
  thread = begin_copy (client, fd);
  bv_copy_stream (fd, client);
  g_thread_join (thread);
  g_close (fd, NULL);
  return TRUE;
}

GSocketService *
bv_cli_proxy_new (BvDBusVirtualMachineInstance *vmi, BvCliOpenFunc func, guint port,
                  const char *via)
{
  GSocketService *service = g_threaded_socket_service_new (MAX_CONNECTIONS);
  Proxy *self = g_new0 (Proxy, 1);

  self->vmi = g_object_ref (vmi);
  self->func = func;
  self->port = port;
  self->via = g_strdup (via);
  g_signal_connect_data (service, "run", G_CALLBACK (serve_cb), self, proxy_free, 0);
  return service;
}

guint16
bv_cli_proxy_listen (GSocketService *proxy, const char *address, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) cause = NULL;

  if (wanted != NULL &&
      g_socket_listener_add_address (G_SOCKET_LISTENER (proxy), wanted, G_SOCKET_TYPE_STREAM,
                                     G_SOCKET_PROTOCOL_TCP, NULL, &bound, &cause))
    return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s, port %u, cannot be listened at: %s."),
               address, port, cause != NULL ? cause->message : _ ("it is no IP address"));
  return 0;
}

/* For this user alone, whatever the folder is. */
gboolean
bv_cli_proxy_listen_at (GSocketService *proxy, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) cause = NULL;
  mode_t mask = umask (0077);
  gboolean listens =
      g_socket_listener_add_address (G_SOCKET_LISTENER (proxy), address, G_SOCKET_TYPE_STREAM,
                                     G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &cause);

  umask (mask);
  if (!listens)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be listened at: %s."), path,
                 cause->message);
  return listens;
}

static gboolean
leave_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
child_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GMainLoop) loop = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_main_loop_quit (loop);
}

void
bv_cli_proxy_run (GSubprocess *child)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint interrupt = g_unix_signal_add (SIGINT, leave_cb, loop);
  guint terminate = g_unix_signal_add (SIGTERM, leave_cb, loop);

  if (child != NULL)
    g_subprocess_wait_async (child, NULL, child_ended_cb, g_main_loop_ref (loop));
  g_main_loop_run (loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}
