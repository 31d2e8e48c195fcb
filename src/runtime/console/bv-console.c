/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-console.h"

#include "host/bv-timer.h"
#include "model/bv-error.h"
#include "runtime/console/bv-console-client.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SCROLLBACK_BYTES (64 * 1024)
/* What clients have typed and the guest has not taken; beyond this they have to wait. */
#define INPUT_BYTES (64 * 1024)
#define CHUNK (16 * 1024)
/* What is read at most of what a stopped domain has left behind. */
#define LAST_CHUNKS 64
#define MAX_CLIENTS 64
#define RETRY_FIRST_MSEC 50
#define RETRY_LAST_MSEC 1000

struct _BvConsole
{
  GObject parent_instance;

  char *path;
  gboolean started;
  BvScrollback *scrollback;
  GPtrArray *clients; /* of BvConsoleClient */

  /* QEMU's end */
  int fd;
  guint watch_id;
  GIOCondition watched;
  GByteArray *input;
  BvTimer *retry;
  guint retry_msec;
};

G_DEFINE_FINAL_TYPE (BvConsole, bv_console, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CONNECTED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void try_to_connect (BvConsole *self);
static void update_watch (BvConsole *self);

static void
retry_cb (gpointer data)
{
  BvConsole *self = data;

  self->retry = NULL;
  try_to_connect (self);
}

static void
retry_later (BvConsole *self)
{
  if (!self->started || self->retry != NULL)
    return;
  self->retry = bv_timer_new (self->retry_msec, retry_cb, self);
  self->retry_msec = MIN (self->retry_msec * 2, RETRY_LAST_MSEC);
}

static void
let_clients_type (BvConsole *self, gboolean wanted)
{
  for (guint i = 0; i < self->clients->len; i++)
    bv_console_client_set_input (g_ptr_array_index (self->clients, i), wanted);
}

static void
hang_up (BvConsole *self)
{
  if (self->fd < 0)
    return;
  g_clear_handle_id (&self->watch_id, g_source_remove);
  self->watched = 0;
  close (self->fd);
  self->fd = -1;
  g_byte_array_set_size (self->input, 0);
  let_clients_type (self, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

static void
show_clients (BvConsole *self)
{
  for (guint i = self->clients->len; i > 0; i--)
    if (!bv_console_client_flush (g_ptr_array_index (self->clients, i - 1)))
      g_ptr_array_remove_index (self->clients, i - 1);
}

static gboolean
would_block (void)
{
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static gboolean
read_output (BvConsole *self)
{
  char buffer[CHUNK];
  ssize_t n = read (self->fd, buffer, sizeof buffer);

  if (n < 0)
    return would_block ();
  if (n == 0)
    return FALSE;
  self->retry_msec = RETRY_FIRST_MSEC;
  bv_scrollback_append (self->scrollback, buffer, (gsize)n);
  show_clients (self);
  return TRUE;
}

static int
n_left_to_read (BvConsole *self)
{
  int n = 0;

  return ioctl (self->fd, FIONREAD, &n) == 0 ? n : 0;
}

static gboolean
write_input (BvConsole *self)
{
  gboolean was_full = self->input->len >= INPUT_BYTES;
  ssize_t n;

  if (self->input->len == 0)
    return TRUE;
  n = send (self->fd, self->input->data, self->input->len, MSG_NOSIGNAL | MSG_DONTWAIT);
  /* A terminal, not a socket; its end gives no SIGPIPE. */
  if (n < 0 && errno == ENOTSOCK)
    n = write (self->fd, self->input->data, self->input->len);
  if (n < 0)
    return would_block ();
  g_byte_array_remove_range (self->input, 0, (guint)n);
  if (was_full && self->input->len < INPUT_BYTES)
    let_clients_type (self, TRUE);
  return TRUE;
}

static gboolean
ready_cb (int fd, GIOCondition condition, gpointer data)
{
  BvConsole *self = data;
  gboolean ok = TRUE;

  if ((condition & G_IO_IN) != 0)
    ok = read_output (self);
  else if ((condition & (G_IO_HUP | G_IO_ERR)) != 0)
    ok = FALSE;
  if (ok && (condition & G_IO_OUT) != 0)
    ok = write_input (self);
  if (!ok)
    {
      self->watch_id = 0;
      hang_up (self);
      retry_later (self);
      return G_SOURCE_REMOVE;
    }
  update_watch (self);
  return G_SOURCE_CONTINUE;
}

static void
update_watch (BvConsole *self)
{
  GIOCondition wanted = G_IO_IN | G_IO_HUP | G_IO_ERR;

  if (self->input->len > 0)
    wanted |= G_IO_OUT;
  if (wanted == self->watched)
    return;
  g_clear_handle_id (&self->watch_id, g_source_remove);
  self->watched = wanted;
  self->watch_id = g_unix_fd_add (self->fd, wanted, ready_cb, self);
}

static int
connect_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  /* QEMU cannot listen there either. */
  if (strlen (path) >= sizeof address.sun_path)
    return -1;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return -1;
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

/* KubeVirt's serial port is a socket; libvirt's own default is a pseudo-terminal. */
static int
open_path (const char *path)
{
  GStatBuf info;

  if (path == NULL || g_stat (path, &info) < 0)
    return -1;
  /* No other device: some act on being opened. */
  if (S_ISCHR (info.st_mode) && g_str_has_prefix (path, "/dev/pts/"))
    return open (path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  return connect_socket (path);
}

static void
try_to_connect (BvConsole *self)
{
  self->fd = open_path (self->path);
  if (self->fd < 0)
    {
      retry_later (self);
      return;
    }
  update_watch (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

static void
client_input_cb (const char *data, gsize length, gpointer user_data)
{
  BvConsole *self = user_data;

  /* As at a terminal that is plugged in nowhere. */
  if (self->fd < 0)
    return;
  g_byte_array_append (self->input, (const guint8 *)data, (guint)length);
  if (self->input->len >= INPUT_BYTES)
    let_clients_type (self, FALSE);
  update_watch (self);
}

static void
client_closed_cb (BvConsoleClient *client, gpointer user_data)
{
  BvConsole *self = user_data;

  g_ptr_array_remove_fast (self->clients, client);
}

static const BvConsoleClientSink client_sink = {
  .input = client_input_cb,
  .closed = client_closed_cb,
};

/**
 * bv_console_new:
 * @path: (nullable): the socket of the serial port, or its terminal
 *
 * Returns: (transfer full): a console that bv_console_start() connects
 */
BvConsole *
bv_console_new (const char *path)
{
  BvConsole *self = g_object_new (BV_TYPE_CONSOLE, NULL);

  self->path = g_strdup (path);
  return self;
}

/**
 * bv_console_start:
 * @self: a console
 *
 * The domain runs, or is about to: connects, and again whenever the other end closes, until
 * bv_console_stop().
 */
void
bv_console_start (BvConsole *self)
{
  g_return_if_fail (BV_IS_CONSOLE (self));

  if (self->started)
    return;
  self->started = TRUE;
  self->retry_msec = RETRY_FIRST_MSEC;
  try_to_connect (self);
}

/**
 * bv_console_stop:
 * @self: a console
 *
 * The domain has stopped. What it wrote last is still read; the clients stay, for the next start.
 */
void
bv_console_stop (BvConsole *self)
{
  g_return_if_fail (BV_IS_CONSOLE (self));

  if (!self->started)
    return;
  self->started = FALSE;
  g_clear_pointer (&self->retry, bv_timer_cancel);
  for (guint i = 0; i < LAST_CHUNKS && self->fd >= 0 && n_left_to_read (self) > 0; i++)
    read_output (self);
  hang_up (self);
}

/**
 * bv_console_open:
 * @self: a console
 * @error: return location
 *
 * Adds a client. It need not be connected yet, nor run.
 *
 * Returns: the client's end of a socket, the caller's to close; -1 on failure
 */
int
bv_console_open (BvConsole *self, GError **error)
{
  int ends[2];

  g_return_val_if_fail (BV_IS_CONSOLE (self), -1);

  if (self->clients->len >= MAX_CLIENTS)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                   _ ("The console has %d clients already; close one of them first"), MAX_CLIENTS);
      return -1;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No socket can be had for the console: %s"),
                   g_strerror (errno));
      return -1;
    }
  g_ptr_array_add (self->clients,
                   bv_console_client_new (ends[0], self->scrollback, &client_sink, self));
  if (self->input->len >= INPUT_BYTES)
    let_clients_type (self, FALSE);
  return ends[1];
}

/**
 * bv_console_close_clients:
 * @self: a console
 *
 * The VM has ended for good: ends all clients, each after what it can still take.
 */
void
bv_console_close_clients (BvConsole *self)
{
  g_return_if_fail (BV_IS_CONSOLE (self));

  show_clients (self);
  g_ptr_array_set_size (self->clients, 0);
}

gboolean
bv_console_is_connected (BvConsole *self)
{
  g_return_val_if_fail (BV_IS_CONSOLE (self), FALSE);
  return self->fd >= 0;
}

guint
bv_console_get_n_clients (BvConsole *self)
{
  g_return_val_if_fail (BV_IS_CONSOLE (self), 0);
  return self->clients->len;
}

static void
bv_console_dispose (GObject *object)
{
  BvConsole *self = BV_CONSOLE (object);

  bv_console_stop (self);
  bv_console_close_clients (self);
  G_OBJECT_CLASS (bv_console_parent_class)->dispose (object);
}

static void
bv_console_finalize (GObject *object)
{
  BvConsole *self = BV_CONSOLE (object);

  g_ptr_array_unref (self->clients);
  g_byte_array_unref (self->input);
  bv_scrollback_free (self->scrollback);
  g_free (self->path);
  G_OBJECT_CLASS (bv_console_parent_class)->finalize (object);
}

static void
bv_console_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, bv_console_is_connected (BV_CONSOLE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bv_console_class_init (BvConsoleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bv_console_dispose;
  object_class->finalize = bv_console_finalize;
  object_class->get_property = bv_console_get_property;

  properties[PROP_CONNECTED] =
      g_param_spec_boolean ("connected", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_console_init (BvConsole *self)
{
  self->fd = -1;
  self->scrollback = bv_scrollback_new (SCROLLBACK_BYTES);
  self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_console_client_free);
  self->input = g_byte_array_new ();
}
