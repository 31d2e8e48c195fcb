/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-console-client.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 4096

struct _BvConsoleClient
{
  int fd;
  BvScrollback *scrollback; /* not owned; outlives the client */
  const BvConsoleClientSink *sink;
  gpointer user_data;
  guint64 position; /* of the next byte that it is to see */
  gboolean input_wanted;
  gboolean input_ended; /* it may still watch */
  guint watch_id;
  GIOCondition watched;
};

static void update_watch (BvConsoleClient *self);

/* Sends what there is and what it takes; whoever is slow loses the oldest, and holds up nobody. */
static gboolean
send_output (BvConsoleClient *self)
{
  const char *data;
  gsize length;

  while ((length = bv_scrollback_peek (self->scrollback, &self->position, &data)) > 0)
    {
      ssize_t n = send (self->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
      self->position += (gsize)n;
    }
  return TRUE;
}

static gboolean
read_input (BvConsoleClient *self)
{
  char buffer[CHUNK];
  ssize_t n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (n == 0)
    self->input_ended = TRUE;
  else
    self->sink->input (buffer, (gsize)n, self->user_data);
  return TRUE;
}

static gboolean
ready_cb (int fd, GIOCondition condition, gpointer data)
{
  BvConsoleClient *self = data;
  gboolean ok = (condition & G_IO_ERR) == 0;

  if (ok && (condition & G_IO_IN) != 0)
    ok = read_input (self);
  else if (ok && (condition & G_IO_HUP) != 0)
    ok = FALSE;
  if (ok && (condition & G_IO_OUT) != 0)
    ok = send_output (self);
  if (!ok)
    {
      self->watch_id = 0;
      self->sink->closed (self, self->user_data);
      return G_SOURCE_REMOVE;
    }
  update_watch (self);
  return G_SOURCE_CONTINUE;
}

static void
update_watch (BvConsoleClient *self)
{
  GIOCondition wanted = G_IO_HUP | G_IO_ERR;

  if (self->input_wanted && !self->input_ended)
    wanted |= G_IO_IN;
  if (self->position < bv_scrollback_get_end (self->scrollback))
    wanted |= G_IO_OUT;
  if (wanted == self->watched)
    return;
  g_clear_handle_id (&self->watch_id, g_source_remove);
  self->watched = wanted;
  self->watch_id = g_unix_fd_add (self->fd, wanted, ready_cb, self);
}

/**
 * bv_console_client_new:
 * @fd: (transfer full): our end of the socket
 * @scrollback: what it sees, first of all what is there
 * @sink: whom to tell of what it types and of its end
 * @user_data: passed to @sink
 *
 * Returns: (transfer full): the client
 */
BvConsoleClient *
bv_console_client_new (int fd, BvScrollback *scrollback, const BvConsoleClientSink *sink,
                       gpointer user_data)
{
  BvConsoleClient *self = g_new0 (BvConsoleClient, 1);

  self->fd = fd;
  self->scrollback = scrollback;
  self->sink = sink;
  self->user_data = user_data;
  self->input_wanted = TRUE;
  update_watch (self);
  return self;
}

void
bv_console_client_free (BvConsoleClient *self)
{
  g_clear_handle_id (&self->watch_id, g_source_remove);
  close (self->fd);
  g_free (self);
}

/**
 * bv_console_client_flush:
 * @self: the client
 *
 * Sends what has been added to the scroll-back, as far as it takes it now.
 *
 * Returns: whether it is still there
 */
gboolean
bv_console_client_flush (BvConsoleClient *self)
{
  if (!send_output (self))
    return FALSE;
  update_watch (self);
  return TRUE;
}

/* Whether what it types is read now, or has to wait. */
void
bv_console_client_set_input (BvConsoleClient *self, gboolean wanted)
{
  self->input_wanted = wanted;
  update_watch (self);
}
