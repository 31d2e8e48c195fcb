/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-metrics-channel.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#define RETRY_SECONDS 1
#define PAUSE_SECONDS 1
#define REQUEST "GET /metrics/XML"
#define REFUSAL "INVALID REQUEST"
#define CHUNK 256
#define LONGEST_REQUEST 1024

struct _BvMetricsChannel
{
  GObject parent_instance;

  char *path;
  GCancellable *cancellable; /* while it is started */
  GSocketConnection *connection;
  GString *input; /* of the request so far */
  guint timeout_id;
};

G_DEFINE_FINAL_TYPE (BvMetricsChannel, bv_metrics_channel, G_TYPE_OBJECT)

enum
{
  ASKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void listen (BvMetricsChannel *self);
static void try_to_connect (BvMetricsChannel *self);

static gboolean
bv_metrics_channel_retry_cb (gpointer user_data)
{
  BvMetricsChannel *self = user_data;

  self->timeout_id = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

static void
hang_up (BvMetricsChannel *self)
{
  g_clear_object (&self->connection);
  g_string_set_size (self->input, 0);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (self->cancellable != NULL)
    self->timeout_id = g_timeout_add_seconds (RETRY_SECONDS, bv_metrics_channel_retry_cb, self);
}

static gboolean
bv_metrics_channel_rested_cb (gpointer user_data)
{
  BvMetricsChannel *self = user_data;

  self->timeout_id = 0;
  listen (self);
  return G_SOURCE_REMOVE;
}

static void
bv_metrics_channel_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMetricsChannel) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        hang_up (self);
      return;
    }
  self->timeout_id = g_timeout_add_seconds (PAUSE_SECONDS, bv_metrics_channel_rested_cb, self);
}

/* Two line ends are the end of an answer. */
void
bv_metrics_channel_answer (BvMetricsChannel *self, const char *text)
{
  GOutputStream *stream;
  char *answer;

  if (self->connection == NULL)
    return;
  stream = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  answer = g_strconcat (text, "\n\n", NULL);
  g_object_set_data_full (G_OBJECT (self->connection), "answer", answer, g_free);
  g_output_stream_write_all_async (stream, answer, strlen (answer), G_PRIORITY_DEFAULT,
                                   self->cancellable, bv_metrics_channel_written_cb,
                                   g_object_ref (self));
}

/* Whether the two lines of a request are there; what comes with them is dropped. */
static gboolean
take_request (BvMetricsChannel *self, gboolean *good)
{
  g_auto (GStrv) lines = g_strsplit (self->input->str, "\n", 3);
  gboolean complete = g_strv_length (lines) == 3;

  if (!complete && self->input->len <= LONGEST_REQUEST)
    return FALSE;
  *good =
      complete && g_str_equal (g_strchomp (lines[0]), REQUEST) && g_strchomp (lines[1])[0] == '\0';
  g_string_set_size (self->input, 0);
  return TRUE;
}

static void
bv_metrics_channel_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMetricsChannel) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gboolean good;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    {
      hang_up (self);
      return;
    }
  g_string_append_len (self->input, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (!take_request (self, &good))
    listen (self);
  else if (good)
    g_signal_emit (self, signals[ASKED], 0);
  else
    bv_metrics_channel_answer (self, REFUSAL);
}

static void
listen (BvMetricsChannel *self)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));

  g_input_stream_read_bytes_async (stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                   bv_metrics_channel_read_cb, g_object_ref (self));
}

static void
bv_metrics_channel_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMetricsChannel) self = user_data;
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL)
    {
      hang_up (self);
      return;
    }
  self->connection = connection;
  listen (self);
}

static void
try_to_connect (BvMetricsChannel *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);

  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->cancellable,
                                 bv_metrics_channel_connected_cb, g_object_ref (self));
}

void
bv_metrics_channel_start (BvMetricsChannel *self)
{
  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  try_to_connect (self);
}

void
bv_metrics_channel_stop (BvMetricsChannel *self)
{
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&self->cancellable);

  if (cancellable == NULL)
    return;
  hang_up (self);
  g_cancellable_cancel (cancellable);
}

static void
bv_metrics_channel_finalize (GObject *object)
{
  BvMetricsChannel *self = BV_METRICS_CHANNEL (object);

  bv_metrics_channel_stop (self);
  g_string_free (self->input, TRUE);
  g_free (self->path);
  G_OBJECT_CLASS (bv_metrics_channel_parent_class)->finalize (object);
}

static void
bv_metrics_channel_class_init (BvMetricsChannelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_metrics_channel_finalize;
  signals[ASKED] = g_signal_new ("asked", BV_TYPE_METRICS_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
bv_metrics_channel_init (BvMetricsChannel *self)
{
  self->input = g_string_new (NULL);
}

BvMetricsChannel *
bv_metrics_channel_new (const char *path)
{
  BvMetricsChannel *self = g_object_new (BV_TYPE_METRICS_CHANNEL, NULL);

  self->path = g_strdup (path);
  return self;
}
