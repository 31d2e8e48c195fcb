/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/console/bv-console.h"

#include "model/bv-error.h"
#include "runtime/console/bv-scrollback.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static void
test_scrollback (void)
{
  g_autoptr (BvScrollback) scrollback = bv_scrollback_new (4);
  guint64 position = 0;
  const char *data;

  g_assert_cmpuint (bv_scrollback_peek (scrollback, &position, &data), ==, 0);
  bv_scrollback_append (scrollback, "abc", 3);
  g_assert_cmpuint (bv_scrollback_peek (scrollback, &position, &data), ==, 3);
  g_assert_cmpmem (data, 3, "abc", 3);

  /* The oldest goes, and what wraps around comes in two pieces. */
  bv_scrollback_append (scrollback, "de", 2);
  g_assert_cmpuint (bv_scrollback_peek (scrollback, &position, &data), ==, 3);
  g_assert_cmpuint (position, ==, 1);
  g_assert_cmpmem (data, 3, "bcd", 3);
  position += 3;
  g_assert_cmpuint (bv_scrollback_peek (scrollback, &position, &data), ==, 1);
  g_assert_cmpmem (data, 1, "e", 1);

  bv_scrollback_append (scrollback, "0123456789", 10);
  g_assert_cmpuint (bv_scrollback_get_end (scrollback), ==, 15);
  position = 0;
  g_assert_cmpuint (bv_scrollback_peek (scrollback, &position, &data), ==, 1);
  g_assert_cmpuint (position, ==, 11);
  g_assert_cmpmem (data, 1, "6", 1);
}

/* A ring grows with what is in it, and loses nothing by that. */
static void
test_scrollback_grows (void)
{
  g_autoptr (BvScrollback) scrollback = bv_scrollback_new (5000);
  g_autoptr (GString) all = g_string_new (NULL);
  guint64 position = 0;
  const char *data;

  for (guint i = 0; i < 20000; i += 7)
    {
      g_autofree char *piece = g_strdup_printf ("%07u", i);
      g_autoptr (GString) seen = g_string_new (NULL);
      gsize length;

      bv_scrollback_append (scrollback, piece, 7);
      g_string_append (all, piece);
      position = 0;
      while ((length = bv_scrollback_peek (scrollback, &position, &data)) > 0)
        {
          g_string_append_len (seen, data, length);
          position += length;
        }
      g_assert_cmpuint (seen->len, ==, MIN (all->len, 5000));
      g_assert_cmpstr (seen->str, ==, all->str + all->len - seen->len);
    }
}

/* A QEMU: it listens, and serves one client. */
typedef struct
{
  char *folder;
  char *path;
  int listener;
  int fd;
  BvConsole *console;
} Fixture;

static void
listen_at_path (Fixture *fixture)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, fixture->path, sizeof address.sun_path);
  fixture->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (fixture->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fixture->listener, 1), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("bv-console-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "virt-serial0", NULL);
  fixture->listener = -1;
  fixture->fd = -1;
  fixture->console = bv_console_new (fixture->path);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
end_qemu (Fixture *fixture)
{
  close_fd (&fixture->fd);
  close_fd (&fixture->listener);
  g_unlink (fixture->path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->console);
  end_qemu (fixture);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}

/* The fixture's sockets are no sources of the main loop: it is woken to look at them. */
static gboolean
wake_up_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
iterate (void)
{
  guint id = g_timeout_add (1, wake_up_cb, NULL);

  g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
}

static void
accept_console (Fixture *fixture)
{
  while ((fixture->fd = accept4 (fixture->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
    iterate ();
  while (!bv_console_is_connected (fixture->console))
    iterate ();
}

static void
start_qemu (Fixture *fixture)
{
  listen_at_path (fixture);
  accept_console (fixture);
}

static int
open_client (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  int fd = bv_console_open (fixture->console, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* Reads so much, with the main loop running; fewer bytes are the end. */
static GString *
read_bytes (int fd, gsize length)
{
  GString *text = g_string_new (NULL);

  while (text->len < length)
    {
      char buffer[4096];
      ssize_t n = recv (fd, buffer, MIN (sizeof buffer, length - text->len), MSG_DONTWAIT);

      if (n == 0)
        break;
      if (n > 0)
        {
          g_string_append_len (text, buffer, n);
          continue;
        }
      g_assert_true (errno == EAGAIN);
      iterate ();
    }
  return text;
}

static void
assert_reads (int fd, const char *expected)
{
  GString *text = read_bytes (fd, strlen (expected));

  g_assert_cmpstr (text->str, ==, expected);
  g_string_free (text, TRUE);
}

static void
assert_ended (int fd)
{
  GString *text = read_bytes (fd, 1);

  g_assert_cmpuint (text->len, ==, 0);
  g_string_free (text, TRUE);
}

static void
write_text (int fd, const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t)strlen (text));
}

static void
test_fan_out (Fixture *fixture, gconstpointer data)
{
  int first, second, third;

  bv_console_start (fixture->console);
  g_assert_false (bv_console_is_connected (fixture->console));
  first = open_client (fixture);
  start_qemu (fixture);
  second = open_client (fixture);

  write_text (fixture->fd, "login: ");
  assert_reads (first, "login: ");
  assert_reads (second, "login: ");
  third = open_client (fixture);
  assert_reads (third, "login: ");

  write_text (first, "root");
  assert_reads (fixture->fd, "root");
  write_text (second, "\n");
  assert_reads (fixture->fd, "\n");

  /* One leaves; one only stops typing. */
  close (first);
  shutdown (second, SHUT_WR);
  while (bv_console_get_n_clients (fixture->console) > 2)
    iterate ();
  write_text (fixture->fd, "# ");
  assert_reads (second, "# ");
  assert_reads (third, "# ");

  bv_console_close_clients (fixture->console);
  assert_ended (second);
  assert_ended (third);
  close (second);
  close (third);
}

static void
test_restart (Fixture *fixture, gconstpointer data)
{
  int client = open_client (fixture);

  bv_console_start (fixture->console);
  start_qemu (fixture);
  write_text (fixture->fd, "bye");
  end_qemu (fixture);
  assert_reads (client, "bye");
  while (bv_console_is_connected (fixture->console))
    iterate ();
  write_text (client, "nobody hears this");

  start_qemu (fixture);
  write_text (fixture->fd, "hello");
  assert_reads (client, "hello");

  /* The last words are read although the main loop did not get round to it. */
  write_text (fixture->fd, "last");
  bv_console_stop (fixture->console);
  g_assert_false (bv_console_is_connected (fixture->console));
  assert_reads (client, "last");
  bv_console_close_clients (fixture->console);
  assert_ended (client);
  close (client);
}

/* All of the SIZE bytes that are there for a client; TAIL is the last of them. */
static guint64
read_along (int client, guint64 size, GString *tail)
{
  for (guint64 seen = 0; seen < size;)
    {
      GString *text = read_bytes (client, (gsize)(size - seen));

      seen += text->len;
      g_string_assign (tail, text->str);
      g_string_free (text, TRUE);
    }
  return size;
}

static void
test_slow_client (Fixture *fixture, gconstpointer data)
{
  const guint n_lines = 40 * 1000;
  int slow, quick;
  guint64 sent = 0, seen = 0;
  g_autoptr (GString) tail = g_string_new (NULL);

  bv_console_start (fixture->console);
  start_qemu (fixture);
  slow = open_client (fixture);
  quick = open_client (fixture);
  for (guint i = 0; i < n_lines; i++)
    {
      g_autofree char *line = g_strdup_printf ("line %07u\n", i);

      while (send (fixture->fd, line, strlen (line), MSG_NOSIGNAL) < 0)
        iterate ();
      sent += strlen (line);
      /* Lines of 13 bytes: the quick one reads along. */
      if (i % 256 == 255)
        seen += read_along (quick, sent - seen, tail);
    }
  g_assert_true (g_str_has_prefix (tail->str, "line "));
  g_assert_cmpuint (bv_console_get_n_clients (fixture->console), ==, 2);

  /* The slow one lost some, and ends where all end. */
  bv_console_stop (fixture->console);
  g_string_truncate (tail, 0);
  while (!g_str_has_suffix (tail->str, "line 0039999\n"))
    {
      GString *text = read_bytes (slow, 1);

      g_assert_cmpuint (text->len, ==, 1);
      g_string_append (tail, text->str);
      g_string_free (text, TRUE);
    }
  g_assert_cmpuint (tail->len, <, sent);
  close (slow);
  close (quick);
}

/* libvirt's own default: QEMU has the other end of a pseudo-terminal. */
static void
test_terminal (void)
{
  int terminal = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  g_autoptr (GError) error = NULL;
  struct termios settings;
  BvConsole *console;
  char typed[4];
  int client;

  g_assert_cmpint (terminal, >=, 0);
  g_assert_cmpint (grantpt (terminal), ==, 0);
  g_assert_cmpint (unlockpt (terminal), ==, 0);
  g_assert_cmpint (tcgetattr (terminal, &settings), ==, 0);
  cfmakeraw (&settings);
  g_assert_cmpint (tcsetattr (terminal, TCSANOW, &settings), ==, 0);

  console = bv_console_new (ptsname (terminal));
  bv_console_start (console);
  g_assert_true (bv_console_is_connected (console));
  client = bv_console_open (console, &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (terminal, "login: ", 7), ==, 7);
  assert_reads (client, "login: ");
  write_text (client, "root");
  while (read (terminal, typed, sizeof typed) < 0)
    iterate ();
  g_assert_cmpmem (typed, sizeof typed, "root", 4);

  close (terminal);
  while (bv_console_is_connected (console))
    iterate ();
  g_assert_finalize_object (console);
  assert_ended (client);
  close (client);
}

/* A guest that takes nothing: typing waits, and nothing is lost. */
static void
test_input_waits (Fixture *fixture, gconstpointer data)
{
  const gsize length = 2 * 1024 * 1024;
  g_autofree char *typed = g_malloc (length);
  gsize sent = 0, seen = 0;
  int client;

  for (gsize i = 0; i < length; i++)
    typed[i] = (char)(i % 251);
  bv_console_start (fixture->console);
  start_qemu (fixture);
  client = open_client (fixture);
  while (seen < length)
    {
      char buffer[8192];
      ssize_t n =
          send (client, typed + sent, MIN (length - sent, 65536), MSG_NOSIGNAL | MSG_DONTWAIT);

      sent += n > 0 ? (gsize)n : 0;
      iterate ();
      /* It begins to take only when no more can be typed. */
      if (n > 0 && seen == 0)
        continue;
      n = recv (fixture->fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n <= 0)
        continue;
      g_assert_cmpmem (buffer, n, typed + seen, n);
      seen += (gsize)n;
    }
  close (client);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fds[64];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = open_client (fixture);
  g_assert_cmpint (bv_console_open (fixture->console, &error), ==, -1);
  g_assert_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/console/scrollback", test_scrollback);
  g_test_add_func ("/console/scrollback-grows", test_scrollback_grows);
  g_test_add ("/console/fan-out", Fixture, NULL, set_up, test_fan_out, tear_down);
  g_test_add ("/console/restart", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add ("/console/slow-client", Fixture, NULL, set_up, test_slow_client, tear_down);
  g_test_add ("/console/input-waits", Fixture, NULL, set_up, test_input_waits, tear_down);
  g_test_add_func ("/console/terminal", test_terminal);
  g_test_add ("/console/too-many", Fixture, NULL, set_up, test_too_many, tear_down);
  return g_test_run ();
}
