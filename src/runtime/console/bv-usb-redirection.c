/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-usb-redirection.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/bv-error.h"

#define SLOTS 4
/* One that QEMU has not taken yet is connecting. */
#define CONNECTING "02"
#define CONNECTED "03"

/* QEMU takes one connection on each socket, and leaves others waiting; the kernel tells which has
 * one: a line of the table has the state in its sixth column and the path at its end. */
static gboolean
is_used (const char *table, const char *path)
{
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      char state[8] = "";

      if (g_str_has_suffix (*line, path) && (*line)[strlen (*line) - strlen (path) - 1] == ' ' &&
          sscanf (*line, "%*s %*s %*s %*s %*s %7s", state) == 1 &&
          (g_str_equal (state, CONNECTING) || g_str_equal (state, CONNECTED)))
        return TRUE;
    }
  return FALSE;
}

/* The socket is QEMU's user's; as with the console, no link is followed. */
static int
connect_to (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (geteuid () == 0 && lchown (path, 0, (gid_t)-1) != 0)
    g_info ("%s cannot be taken over: %s", path, g_strerror (errno));
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect (fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
      g_unix_set_fd_nonblocking (fd, FALSE, error))
    return fd;
  g_clear_error (error);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be connected to: %s."), path,
               g_strerror (errno));
  if (fd >= 0)
    g_close (fd, NULL);
  return -1;
}

int
bv_usb_redirection_open (const char *runtime_directory, GError **error)
{
  g_autofree char *table = NULL;

  if (!g_file_get_contents ("/proc/net/unix", &table, NULL, error))
    return -1;
  for (guint i = 0; i < SLOTS; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/virt-usbredir-%u", runtime_directory, i);

      if (!is_used (table, path))
        return connect_to (path, error);
    }
  g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
               _ ("All %d places for USB devices are in use. Take one of the devices back first."),
               SLOTS);
  return -1;
}
