/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-probe-request.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define AGENT_NAME "barevirt-probe"

/* The first line of an answer is shorter. */
#define MAX_ANSWER 512

typedef struct
{
  char *request; /* NULL: that there is a connection is enough */
  GSocketConnection *connection;
  char answer[MAX_ANSWER];
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->request);
  g_clear_object (&self->connection);
  g_free (self);
}

guint16
bv_probe_find_port (const BvApiVirtualMachineInstanceSpec *spec, const char *port)
{
  const BvApiDevices *devices = spec->domain->devices;
  guint64 number;

  if (port == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (port, 10, 1, G_MAXUINT16, &number, NULL))
    return (guint16)number;
  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    for (guint j = 0; j < devices->interfaces[i]->n_ports; j++)
      if (g_strcmp0 (devices->interfaces[i]->ports[j]->name, port) == 0)
        return (guint16)devices->interfaces[i]->ports[j]->port;
  return 0;
}

/* A header that would begin another line is left out. */
static gboolean
is_header (const BvApiHTTPHeader *header)
{
  return header->name != NULL && header->value != NULL && header->name[0] != '\0' &&
         strpbrk (header->name, " :\r\n") == NULL && strpbrk (header->value, "\r\n") == NULL;
}

static const BvApiHTTPHeader *
find_header (const BvApiHTTPGetAction *http_get, const char *name)
{
  for (guint i = 0; i < http_get->n_http_headers; i++)
    if (is_header (http_get->http_headers[i]) &&
        g_ascii_strcasecmp (http_get->http_headers[i]->name, name) == 0)
      return http_get->http_headers[i];
  return NULL;
}

char *
bv_probe_make_request (const BvApiHTTPGetAction *http_get, const char *address, guint16 port)
{
  const char *path = http_get->path != NULL && http_get->path[0] != '\0' ? http_get->path : "/";
  g_autofree char *escaped = g_uri_escape_string (path, "/?&=:@!$'()*+,;%#[]", FALSE);
  gboolean is_ipv6 = strchr (address, ':') != NULL;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "GET %s%s HTTP/1.1\r\n", escaped[0] == '/' ? "" : "/", escaped);
  if (find_header (http_get, "Host") == NULL)
    g_string_append_printf (text, is_ipv6 ? "Host: [%s]:%u\r\n" : "Host: %s:%u\r\n", address, port);
  if (find_header (http_get, "User-Agent") == NULL)
    g_string_append (text, "User-Agent: " AGENT_NAME "\r\n");
  if (find_header (http_get, "Accept") == NULL)
    g_string_append (text, "Accept: */*\r\n");
  for (guint i = 0; i < http_get->n_http_headers; i++)
    if (is_header (http_get->http_headers[i]))
      g_string_append_printf (text, "%s: %s\r\n", http_get->http_headers[i]->name,
                              http_get->http_headers[i]->value);
  g_string_append (text, "Connection: close\r\n\r\n");
  return g_string_free (text, FALSE);
}

guint
bv_probe_read_status (const char *line)
{
  const char *space = g_str_has_prefix (line, "HTTP/1.") ? strchr (line, ' ') : NULL;
  guint status = 0;

  for (guint i = 1; space != NULL && i <= 3; i++)
    {
      if (!g_ascii_isdigit (space[i]))
        return 0;
      status = status * 10 + (guint)g_ascii_digit_value (space[i]);
    }
  return status;
}

static void
judge (GTask *task)
{
  Request *self = g_task_get_task_data (task);
  guint status = bv_probe_read_status (self->answer);

  if (status >= 200 && status < 400)
    g_task_return_boolean (task, TRUE);
  else if (status != 0)
    g_task_return_new_error (task, BV_ERROR, BV_ERROR_FAILED,
                             _ ("the answer to the HTTP request has the status %u"), status);
  else
    g_task_return_new_error (task, BV_ERROR, BV_ERROR_FAILED,
                             _ ("the answer to the HTTP request is none"));
}

/* All that is read is the beginning: what comes after is not waited for. */
static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *self = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  gsize length = strlen (self->answer);

  if (n < 0)
    g_task_return_error (task, error);
  else if (n > 0 && length + (gsize)n < MAX_ANSWER - 1 && strchr (self->answer, '\n') == NULL)
    g_input_stream_read_async (G_INPUT_STREAM (source), self->answer + length,
                               MAX_ANSWER - 1 - length, G_PRIORITY_DEFAULT,
                               g_task_get_cancellable (task), answered_cb, g_steal_pointer (&task));
  else
    judge (task);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    g_task_return_error (task, error);
  else
    g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                               self->answer, MAX_ANSWER - 1, G_PRIORITY_DEFAULT,
                               g_task_get_cancellable (task), answered_cb, g_steal_pointer (&task));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (self->connection == NULL)
    g_task_return_error (task, error);
  else if (self->request == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                                     self->request, strlen (self->request), G_PRIORITY_DEFAULT,
                                     g_task_get_cancellable (task), sent_cb,
                                     g_steal_pointer (&task));
}

static gboolean
accept_certificate_cb (void)
{
  return TRUE;
}

/* As in Kubernetes: that it is encrypted does not matter to a probe, nor for whom. */
static void
client_event_cb (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *connectable,
                 GIOStream *connection)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_signal_connect (connection, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
}

void
bv_probe_request_async (const char *address, guint16 port, const BvApiHTTPGetAction *http_get,
                        guint seconds, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) target = g_network_address_new (address, port);
  Request *self = g_new0 (Request, 1);

  g_task_set_source_tag (task, bv_probe_request_async);
  g_task_set_task_data (task, self, request_free);
  if (http_get != NULL)
    self->request = bv_probe_make_request (http_get, address, port);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, seconds);
  if (http_get != NULL && g_strcmp0 (http_get->scheme, "HTTPS") == 0)
    {
      g_socket_client_set_tls (client, TRUE);
      g_signal_connect (client, "event", G_CALLBACK (client_event_cb), NULL);
    }
  g_socket_client_connect_async (client, target, cancellable, connected_cb, task);
}

gboolean
bv_probe_request_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
