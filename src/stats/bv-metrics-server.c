/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-metrics-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>

#include "host/bv-listener.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "stats/bv-metrics-page.h"

/* Anybody on the host may connect to a loopback address. */
#define MAX_CONNECTIONS 16
/* A text has some KiB for each guest, and waits for whoever reads slowly. */
#define MAX_SCRAPES 4
#define IDLE_SECONDS 60

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPEN_METRICS "application/openmetrics-text"
#define OPEN_METRICS_TYPE OPEN_METRICS "; version=1.0.0; charset=utf-8"

struct _BvMetricsServer
{
  GObject parent_instance;

  BvEnvironment *environment;
  SoupServer *server;
  GSocketService *service;
  char *path; /* of the socket, or NULL */
  GCancellable *cancellable;
  guint n_connections;
  guint n_scrapes; /* whose answer is not wholly sent */
};

G_DEFINE_FINAL_TYPE (BvMetricsServer, bv_metrics_server, G_TYPE_OBJECT)

/* A scrape under way. */
typedef struct
{
  SoupServerMessage *message;
  GCancellable *cancellable;
  gboolean is_open_metrics;
} Scrape;

static void
scrape_free (Scrape *self)
{
  g_signal_handlers_disconnect_by_data (self->message, self->cancellable);
  g_object_unref (self->message);
  g_object_unref (self->cancellable);
  g_free (self);
}

void
bv_metrics_server_stop (BvMetricsServer *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->service != NULL)
    {
      g_socket_service_stop (self->service);
      g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    }
  g_clear_object (&self->service);
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  if (self->path != NULL)
    g_unlink (self->path);
  g_clear_pointer (&self->path, g_free);
}

static void
bv_metrics_server_finalize (GObject *object)
{
  BvMetricsServer *self = BV_METRICS_SERVER (object);

  bv_metrics_server_stop (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->environment, bv_environment_unref);
  G_OBJECT_CLASS (bv_metrics_server_parent_class)->finalize (object);
}

static void
bv_metrics_server_class_init (BvMetricsServerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_metrics_server_finalize;
}

static void
bv_metrics_server_init (BvMetricsServer *self)
{
  self->cancellable = g_cancellable_new ();
}

static void
bv_metrics_server_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scrape *scrape = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) page = bv_metrics_page_make_finish (result, &error);

  /* Whoever asked may have gone; the message is dead then. */
  if (!g_cancellable_is_cancelled (scrape->cancellable))
    {
      SoupMessageHeaders *headers = soup_server_message_get_response_headers (scrape->message);

      soup_server_message_set_status (scrape->message, page != NULL ? 200 : 500, NULL);
      if (page != NULL)
        {
          soup_message_headers_replace (headers, "Content-Type",
                                        scrape->is_open_metrics ? OPEN_METRICS_TYPE : TEXT_TYPE);
          soup_message_body_append_bytes (soup_server_message_get_response_body (scrape->message),
                                          page);
        }
      soup_server_message_unpause (scrape->message);
    }
  scrape_free (scrape);
}

static void
message_gone_cb (gpointer user_data, GObject *message)
{
  g_autoptr (BvMetricsServer) self = user_data;

  self->n_scrapes--;
}

static void
begin_scrape (BvMetricsServer *self, SoupServerMessage *message)
{
  const char *accept =
      soup_message_headers_get_list (soup_server_message_get_request_headers (message), "Accept");
  Scrape *scrape = g_new0 (Scrape, 1);

  self->n_scrapes++;
  g_object_weak_ref (G_OBJECT (message), message_gone_cb, g_object_ref (self));
  scrape->message = g_object_ref (message);
  scrape->cancellable = g_cancellable_new ();
  scrape->is_open_metrics = accept != NULL && strstr (accept, OPEN_METRICS) != NULL;
  g_signal_connect_swapped (message, "finished", G_CALLBACK (g_cancellable_cancel),
                            scrape->cancellable);
  g_signal_connect_swapped (message, "disconnected", G_CALLBACK (g_cancellable_cancel),
                            scrape->cancellable);
  soup_server_message_pause (message);
  bv_metrics_page_make_async (self->environment, scrape->is_open_metrics, scrape->cancellable,
                              bv_metrics_server_made_cb, scrape);
}

static void
request_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  BvMetricsServer *self = user_data;
  const char *method = soup_server_message_get_method (message);

  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD)
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
  else if (!g_str_equal (path, "/metrics"))
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  else if (self->n_scrapes >= MAX_SCRAPES)
    soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
  else
    begin_scrape (self, message);
}

static void
connection_gone_cb (gpointer user_data, GObject *connection)
{
  g_autoptr (BvMetricsServer) self = user_data;

  self->n_connections--;
}

/* One that sends nothing is closed; those over the limit at once. */
static gboolean
incoming_cb (BvMetricsServer *self, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GError) error = NULL;

  /* One that is closed already has no address of the other side. */
  if (self->n_connections >= MAX_CONNECTIONS || local == NULL || remote == NULL)
    return TRUE;
  g_socket_set_timeout (g_socket_connection_get_socket (connection), IDLE_SECONDS);
  self->n_connections++;
  g_object_weak_ref (G_OBJECT (connection), connection_gone_cb, g_object_ref (self));
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (connection), local, remote, &error))
    g_info ("A connection to the metrics cannot be served: %s", error->message);
  return TRUE;
}

static gboolean
listen_at_path (BvMetricsServer *self, const char *path, GError **error)
{
  int fd = bv_listener_open (path, BV_NO_GROUP, error);
  g_autoptr (GSocket) socket = fd >= 0 ? g_socket_new_from_fd (fd, error) : NULL;

  if (socket == NULL)
    return FALSE;
  self->path = g_strdup (path);
  return g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL, error);
}

static gboolean
listen_at_address (BvMetricsServer *self, const char *text, GError **error)
{
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (text, 0, NULL);
  const char *host =
      parsed != NULL ? g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)) : NULL;
  guint16 port = parsed != NULL ? g_network_address_get_port (G_NETWORK_ADDRESS (parsed)) : 0;
  g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;
  g_autoptr (GSocketAddress) socket_address = NULL;

  if (address == NULL || port == 0 || !g_inet_address_get_is_loopback (address))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is neither the path of a socket nor a loopback address with a port, "
                      "such as 127.0.0.1:9177."),
                   text);
      return FALSE;
    }
  socket_address = g_inet_socket_address_new (address, port);
  return g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), socket_address,
                                        G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, NULL,
                                        error);
}

BvMetricsServer *
bv_metrics_server_new (BvEnvironment *environment, const char *address, GError **error)
{
  g_autoptr (BvMetricsServer) self = g_object_new (BV_TYPE_METRICS_SERVER, NULL);
  gboolean listens;

  self->environment = bv_environment_ref (environment);
  self->server = soup_server_new (NULL, NULL);
  self->service = g_socket_service_new ();
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  g_signal_connect_object (self->service, "incoming", G_CALLBACK (incoming_cb), self,
                           G_CONNECT_SWAPPED);
  listens = g_path_is_absolute (address) ? listen_at_path (self, address, error)
                                         : listen_at_address (self, address, error);
  if (!listens)
    return NULL;
  g_socket_service_start (self->service);
  return g_steal_pointer (&self);
}
