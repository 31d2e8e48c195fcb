/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
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
open_console (BvDBusVirtualMachineInstance *vmi, GError **error)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handle = NULL;

  if (!bv_dbus_virtual_machine_instance_call_open_console_sync (vmi, g_variant_new ("a{sv}", NULL),
                                                                NULL, &handle, &list, NULL, error))
    return -1;
  return bv_cli_take_fd (handle, list, error);
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
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) hint = NULL;
  gboolean done;
  int console;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  if (!bv_cli_target_find (&target, &options, argv[1], &error))
    return bv_cli_fail (error);
  console = open_console (target.vmi, &error);
  if (console < 0)
    return bv_cli_fail (error);
  bv_cli_warn (_ ("The console of %s; Ctrl-] leaves it."), target.name);
  if (!bv_cli_target_check_awake (&target, &hint))
    bv_cli_warn ("%s", hint->message);
  done = carry_raw (console, &error);
  g_close (console, NULL);
  return done ? 0 : bv_cli_fail (error);
}
