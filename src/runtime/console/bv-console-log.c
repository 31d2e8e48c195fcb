/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-console-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "model/bv-error.h"

#define LOG "virt-serial0-log"
#define MAX_OLD 8 /* virtlogd keeps three, if nobody told it otherwise */

/* Adds the file, if it is one; QEMU may write to this folder, so that it may be anything. */
static gboolean
add_file (GUnixFDList *list, const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat status;
  gboolean added = TRUE;

  if (fd < 0 && (errno == ENOENT || errno == ELOOP))
    return TRUE;
  if (fd < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The log %s cannot be read: %s."), path,
                   g_strerror (errno));
      return FALSE;
    }
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    added = g_unix_fd_list_append (list, fd, error) >= 0;
  g_close (fd, NULL);
  return added;
}

GUnixFDList *
bv_console_log_open (const char *runtime_directory, GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autofree char *latest = g_build_filename (runtime_directory, LOG, NULL);

  for (int i = MAX_OLD; i >= 0; i--)
    {
      g_autofree char *old = g_strdup_printf ("%s.%d", latest, i);

      if (!add_file (list, old, error))
        return NULL;
    }
  return add_file (list, latest, error) ? g_steal_pointer (&list) : NULL;
}
