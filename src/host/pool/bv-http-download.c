/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-http-download.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#include "model/bv-error.h"

#define BLOCK_SIZE (256 * 1024)
#define MOST_REDIRECTS 10
/* Of silence, after which a server counts as gone. */
#define IDLE_SECONDS 60

typedef struct
{
  const BvHttpSource *source;
  SoupSession *session;
  char *url;        /* where the redirects have led to */
  gboolean trusted; /* it is still the server that the credentials are for */
} Download;

static gboolean
fail (const Download *self, const GError *reason, GError **error)
{
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, _ ("The download of %s was cancelled."),
                 self->source->url);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be fetched: %s."),
                 self->source->url, reason->message);
  return FALSE;
}

static gboolean
set_trust (SoupSession *session, const char *certificates, GError **error)
{
  g_autoptr (GTlsDatabase) database = NULL;

  if (certificates == NULL)
    return TRUE;
  database = g_tls_file_database_new (certificates, error);
  if (database == NULL)
    {
      g_prefix_error (error, _ ("The certificates of the ConfigMap cannot be used: "));
      return FALSE;
    }
  soup_session_set_tls_database (session, database);
  return TRUE;
}

static void
add_credentials (const BvHttpSource *source, SoupMessageHeaders *headers)
{
  g_autofree char *plain = g_strdup_printf ("%s:%s", source->user, source->password);
  g_autofree char *encoded = g_base64_encode ((const guchar *)plain, strlen (plain));
  g_autofree char *value = g_strconcat ("Basic ", encoded, NULL);

  soup_message_headers_replace (headers, "Authorization", value);
}

static void
add_headers (const BvHttpSource *source, SoupMessageHeaders *headers)
{
  for (gsize i = 0; source->headers != NULL && source->headers[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (source->headers[i], ":", 2);

      if (parts[0] != NULL && parts[1] != NULL)
        soup_message_headers_append (headers, g_strstrip (parts[0]), g_strstrip (parts[1]));
    }
}

static SoupMessage *
make_message (const Download *self, GError **error)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, self->url);

  if (message == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("“%s” is no address on the web."),
                   self->url);
      return NULL;
    }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (self->trusted)
    {
      if (self->source->user != NULL)
        add_credentials (self->source, soup_message_get_request_headers (message));
      add_headers (self->source, soup_message_get_request_headers (message));
    }
  return message;
}

static gboolean
is_same_server (GUri *a, GUri *b)
{
  return g_strcmp0 (g_uri_get_scheme (a), g_uri_get_scheme (b)) == 0 &&
         g_strcmp0 (g_uri_get_host (a), g_uri_get_host (b)) == 0 &&
         g_uri_get_port (a) == g_uri_get_port (b);
}

/* A redirect leads from the web to the web, and never from https to http. What is only for the
 * first server is told to no other. */
static gboolean
follow (Download *self, SoupMessage *message, GError **error)
{
  GUri *from = soup_message_get_uri (message);
  const char *location =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_autoptr (GUri) to =
      location != NULL ? g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const char *scheme = to != NULL ? g_uri_get_scheme (to) : "";

  if (!g_str_equal (scheme, "https") &&
      !(g_str_equal (scheme, "http") && g_str_equal (g_uri_get_scheme (from), "http")))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("%s redirects to “%s”, which is not followed."), self->url,
                   location != NULL ? location : "");
      return FALSE;
    }
  self->trusted = self->trusted && is_same_server (from, to);
  g_free (self->url);
  self->url = g_uri_to_string (to);
  return TRUE;
}

/* What is not there, or may not be had, will not be there the next time either. */
static gboolean
check_status (const Download *self, SoupMessage *message, GError **error)
{
  guint status = soup_message_get_status (message);

  if (status == SOUP_STATUS_OK)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("%s cannot be fetched: the server answers %u %s."), self->source->url, status,
               soup_message_get_reason_phrase (message));
  return FALSE;
}

static gboolean
read_body (const Download *self, GInputStream *stream, guint64 total, BvSparseFile *file,
           BvProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autofree char *buffer = g_malloc (BLOCK_SIZE);
  g_autoptr (GError) reason = NULL;
  gssize count;

  while ((count = g_input_stream_read (stream, buffer, BLOCK_SIZE, cancellable, &reason)) > 0)
    {
      if (!bv_sparse_file_write (file, buffer, count, error))
        return FALSE;
      bv_progress_set (progress, _ ("Downloading"), bv_sparse_file_get_size (file), total);
    }
  if (count < 0)
    return fail (self, reason, error);
  if (total == 0 || bv_sparse_file_get_size (file) == total)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("%s ended after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes."),
               self->source->url, bv_sparse_file_get_size (file), total);
  return FALSE;
}

/* The body's length where the server tells it as it is sent, else 0. */
static guint64
get_total (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH ||
      soup_message_headers_get_one (headers, "Content-Encoding") != NULL)
    return 0;
  return soup_message_headers_get_content_length (headers);
}

/* One request; AGAIN tells whether it was redirected. */
static gboolean
fetch (Download *self, BvSparseFile *file, BvProgress *progress, GCancellable *cancellable,
       gboolean *again, GError **error)
{
  g_autoptr (SoupMessage) message = make_message (self, error);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) reason = NULL;

  if (message == NULL)
    return FALSE;
  stream = soup_session_send (self->session, message, cancellable, &reason);
  if (stream == NULL)
    return fail (self, reason, error);
  *again = SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (message));
  if (*again)
    return follow (self, message, error);
  return check_status (self, message, error) &&
         read_body (self, stream, get_total (message), file, progress, cancellable, error);
}

static gboolean
fetch_all (Download *self, BvSparseFile *file, BvProgress *progress, GCancellable *cancellable,
           GError **error)
{
  for (guint i = 0; i <= MOST_REDIRECTS; i++)
    {
      gboolean again = FALSE;

      if (!fetch (self, file, progress, cancellable, &again, error))
        return FALSE;
      if (!again)
        return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("%s redirects more than %d times, which is given up."), self->source->url,
               MOST_REDIRECTS);
  return FALSE;
}

gboolean
bv_http_download (const BvHttpSource *source, BvSparseFile *file, BvProgress *progress,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Download download = { .source = source, .url = g_strdup (source->url), .trusted = TRUE };
  gboolean good;

  /* A session works in the context that it was made in: the thread has no other loop. */
  g_main_context_push_thread_default (context);
  download.session = soup_session_new_with_options ("timeout", IDLE_SECONDS, "user-agent",
                                                    "barevirt/" BV_VERSION, NULL);
  soup_session_remove_feature_by_type (download.session, SOUP_TYPE_CONTENT_DECODER);
  good = set_trust (download.session, source->certificates, error) &&
         fetch_all (&download, file, progress, cancellable, error);
  g_object_unref (download.session);
  g_main_context_pop_thread_default (context);
  g_free (download.url);
  return good;
}
