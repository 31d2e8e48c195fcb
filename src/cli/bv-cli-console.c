/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE '\x1d' /* Ctrl-] */

static int
open_console (BvDBusObject *object, GError **error)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handle = NULL;

  if (!bv_dbus_virtual_machine_instance_call_open_console_sync (
          bv_dbus_object_peek_virtual_machine_instance (object), g_variant_new ("a{sv}", NULL),
          NULL, &handle, &list, NULL, error))
    return -1;
  return g_unix_fd_list_get (list, g_variant_get_handle (handle), error);
}

static gboolean
write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno != EINTR)
        return FALSE;
      data += MAX (n, 0);
      length -= MAX (n, 0);
    }
  return TRUE;
}

/* FALSE when the guest's side has ended. */
static gboolean
from_guest (int console)
{
  char buffer[4096];
  gssize n = read (console, buffer, sizeof buffer);

  return n > 0 && write_all (STDOUT_FILENO, buffer, n);
}

/* FALSE when the user leaves. */
static gboolean
from_user (int console, gboolean *open)
{
  char buffer[4096];
  gssize n = read (STDIN_FILENO, buffer, sizeof buffer);
  const char *escape = n > 0 ? memchr (buffer, ESCAPE, n) : NULL;

  if (n <= 0)
    {
      *open = FALSE;
      return TRUE;
    }
  return write_all (console, buffer, escape == NULL ? n : escape - buffer) && escape == NULL;
}

/* Carries both ways until the user leaves or the guest ends; at the end of standard input the
 * output goes on. */
static gboolean
carry (int console, GError **error)
{
  gboolean open = TRUE;

  while (TRUE)
    {
      struct pollfd fds[] = { { console, POLLIN, 0 }, { open ? STDIN_FILENO : -1, POLLIN, 0 } };

      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The console broke: %s."),
                       g_strerror (errno));
          return FALSE;
        }
      if (fds[0].revents != 0 && !from_guest (console))
        return TRUE;
      if (fds[1].revents != 0 && !from_user (console, &open))
        return TRUE;
    }
}

/* The terminal hands every key on, and is as before afterwards. */
static gboolean
carry_raw (int console, GError **error)
{
  struct termios before;
  struct termios raw;
  gboolean done;

  if (tcgetattr (STDIN_FILENO, &before) < 0)
    return carry (console, error);
  raw = before;
  cfmakeraw (&raw);
  tcsetattr (STDIN_FILENO, TCSANOW, &raw);
  done = carry (console, error);
  tcsetattr (STDIN_FILENO, TCSANOW, &before);
  g_printerr ("\n");
  return done;
}

int
bv_cli_console (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (BvDBusObject) object = NULL;
  gboolean done;
  int console;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  client = bv_cli_client_new (&options, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  object = bv_cli_client_find (client, "VirtualMachineInstance", argv[1], &error);
  console = object == NULL ? -1 : open_console (object, &error);
  if (console < 0)
    return bv_cli_fail (error);
  bv_cli_warn (_ ("The console of %s; Ctrl-] leaves it."), argv[1]);
  done = carry_raw (console, &error);
  g_close (console, NULL);
  return done ? 0 : bv_cli_fail (error);
}
