/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-listener.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

static gboolean
make_socket (int fd, const struct sockaddr_un *address, guint group)
{
  gboolean shared = group != BV_NO_GROUP;

  return (g_unlink (address->sun_path) == 0 || errno == ENOENT) &&
         bind (fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
         (!shared || lchown (address->sun_path, -1, group) == 0) &&
         g_chmod (address->sun_path, shared ? 0660 : 0600) == 0 && listen (fd, SOMAXCONN) == 0;
}

int
bv_listener_open (const char *path, guint group, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, code;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                   _ ("%s is too long for the name of a socket; use a run-time folder with a "
                      "shorter name."),
                   path);
      return -1;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && make_socket (fd, &address, group))
    return fd;
  code = errno;
  if (fd >= 0)
    g_close (fd, NULL);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The socket %s cannot be made: %s."), path,
               g_strerror (code));
  return -1;
}
