/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-ssh-bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/bv-error.h"

#define SSH "ssh://"
#define MAX_WORDS 1024

/* Never asks anybody for anything, and notices a dead link by itself. */
static const char *const ssh_options[] = {
  "-T",
  "-o",
  "BatchMode=yes",
  "-o",
  "ConnectTimeout=10",
  "-o",
  "ServerAliveInterval=5",
  "-o",
  "ServerAliveCountMax=3",
  "-o",
  "ClearAllForwardings=yes",
  "-o",
  "LogLevel=ERROR",
  NULL,
};

gboolean
bv_ssh_bridge_is_address (const char *address)
{
  return g_str_has_prefix (address, SSH);
}

static GStrv
build_command (const char *address)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (address + strlen (SSH), ":", 2);

  g_strv_builder_add (builder, "ssh");
  g_strv_builder_addv (builder, (const char **)ssh_options);
  if (parts[1] != NULL)
    g_strv_builder_add_many (builder, "-p", parts[1], NULL);
  g_strv_builder_add_many (builder, "--", parts[0], "systemd-stdio-bridge", NULL);
  return g_strv_builder_end (builder);
}

/* The last line that ssh has written: why it does not get there; or NULL. */
static char *
read_words (int log)
{
  char words[MAX_WORDS];
  off_t end = lseek (log, 0, SEEK_END);
  gssize size = pread (log, words, sizeof words, MAX (end - (off_t)sizeof words, 0));
  g_autofree char *text = size > 0 ? g_strstrip (g_utf8_make_valid (words, size)) : NULL;
  const char *newline = text != NULL ? strrchr (text, '\n') : NULL;

  return newline != NULL ? g_strdup (newline + 1) : g_steal_pointer (&text);
}

/* One end is the child's standard input and output, the other is the result; it writes to LOG. */
static int
spawn (const char *address, int log, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_auto (GStrv) command = build_command (address);
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No socket can be made: %s."),
                   g_strerror (errno));
      return -1;
    }
  g_subprocess_launcher_take_stdin_fd (launcher, ends[0]);
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (ends[0], F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stderr_fd (launcher, fcntl (log, F_DUPFD_CLOEXEC, 3));
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *)command, error);
  if (process == NULL)
    {
      g_prefix_error (error, _ ("ssh cannot be run: "));
      close (ends[1]);
      return -1;
    }
  return ends[1];
}

static void
close_log (gpointer data)
{
  g_close (GPOINTER_TO_INT (data), NULL);
}

static void
log_gone_cb (gpointer data, GClosure *closure)
{
  close_log (data);
}

static void
connection_closed_cb (GDBusConnection *connection, gboolean vanished, const GError *error,
                      gpointer user_data)
{
  g_autofree char *words = read_words (GPOINTER_TO_INT (user_data));

  if (vanished && words != NULL)
    g_message ("ssh: %s", words);
}

static void
bv_ssh_bridge_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_finish (result, &error);
  int log = GPOINTER_TO_INT (g_task_get_task_data (task));
  g_autofree char *words = connection == NULL ? read_words (log) : NULL;

  if (connection == NULL)
    {
      g_task_return_new_error (task, error->domain, error->code, "%s",
                               words != NULL ? words : error->message);
      return;
    }
  g_signal_connect_data (connection, "closed", G_CALLBACK (connection_closed_cb),
                         GINT_TO_POINTER (fcntl (log, F_DUPFD_CLOEXEC, 3)), log_gone_cb, 0);
  g_task_return_pointer (task, connection, g_object_unref);
}

static GSocketConnection *
connect_by_ssh (const char *address, int log, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fd = spawn (address, log, error);

  if (fd < 0)
    return NULL;
  socket = g_socket_new_from_fd (fd, error);
  if (socket == NULL)
    {
      g_close (fd, NULL);
      return NULL;
    }
  return g_socket_connection_factory_create_connection (socket);
}

/* ssh ends when the connection is closed. */
void
bv_ssh_bridge_open_async (const char *address, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketConnection) stream = NULL;
  GError *error = NULL;
  int log = memfd_create ("ssh", MFD_CLOEXEC);

  g_task_set_source_tag (task, bv_ssh_bridge_open_async);
  if (log >= 0)
    {
      g_task_set_task_data (task, GINT_TO_POINTER (log), close_log);
      stream = connect_by_ssh (address, log, &error);
    }
  else
    g_set_error (&error, BV_ERROR, BV_ERROR_FAILED, _ ("No file can be made in memory: %s."),
                 g_strerror (errno));
  if (stream == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                             G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                         NULL, cancellable, bv_ssh_bridge_opened_cb, task);
}

GDBusConnection *
bv_ssh_bridge_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
