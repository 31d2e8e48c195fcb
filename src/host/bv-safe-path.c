/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-safe-path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/bv-error.h"

/* The part of PATH below FOLDER, or NULL. */
static const char *
path_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  while (length > 1 && folder[length - 1] == '/')
    length--;
  if (strncmp (path, folder, length) != 0 || path[length] != '/')
    return NULL;
  while (path[length] == '/')
    length++;
  return path[length] != '\0' ? path + length : NULL;
}

static int
open_step (int parent, const char *name, gboolean last, int open_flags, int mode)
{
  if (!last)
    return openat (parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return openat (parent, name, open_flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
}

/* Goes down from FOLDER name by name. Returns a descriptor, or -1 with errno. */
static int
open_below (const char *folder, const char *rest, int open_flags, int mode)
{
  g_auto (GStrv) names = g_strsplit (rest, "/", -1);
  int fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

  for (guint i = 0; fd >= 0 && names[i] != NULL; i++)
    {
      gboolean unsafe = g_str_equal (names[i], "..");
      int next, saved;

      if (names[i][0] == '\0' || g_str_equal (names[i], "."))
        continue;
      next = unsafe ? -1 : open_step (fd, names[i], names[i + 1] == NULL, open_flags, mode);
      saved = unsafe ? ELOOP : errno;
      close (fd);
      fd = next;
      errno = saved;
    }
  return fd;
}

static void
set_open_error (GError **error, const char *path, const char *folder, int code)
{
  if (code == ELOOP || code == ENOTDIR)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("%s is not opened: below %s there must be no symbolic link and no “..” in it."),
                 path, folder);
  else
    g_set_error (error, BV_ERROR, code == ENOENT ? BV_ERROR_UNSCHEDULABLE : BV_ERROR_FAILED,
                 _ ("%s cannot be opened: %s."), path, g_strerror (code));
}

/* On failure errno tells why, too. */
int
bv_safe_path_open (const char *path, const char *const *folders, int open_flags, int mode,
                   GError **error)
{
  for (guint i = 0; folders != NULL && folders[i] != NULL; i++)
    {
      const char *rest = path_below (path, folders[i]);
      int fd, code;

      if (rest == NULL)
        continue;
      fd = open_below (folders[i], rest, open_flags, mode);
      if (fd >= 0)
        return fd;
      code = errno;
      set_open_error (error, path, folders[i], code);
      errno = code;
      return -1;
    }
  g_set_error (
      error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
      _ ("%s is not in a folder that barevirt.conf allows for host disks. Add its folder to "
         "folders= in [host-disk], or use another."),
      path);
  errno = EACCES;
  return -1;
}

/* Returns FALSE with errno where it is not removed. */
gboolean
bv_safe_path_remove (const char *path, const char *const *folders)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);

  errno = EACCES;
  for (guint i = 0; folders != NULL && folders[i] != NULL; i++)
    {
      const char *rest = path_below (path, folders[i]);
      int fd, result;

      if (rest == NULL)
        continue;
      rest = path_below (parent, folders[i]);
      fd = open_below (folders[i], rest != NULL ? rest : "", O_PATH | O_DIRECTORY, 0);
      if (fd < 0)
        return FALSE;
      result = unlinkat (fd, name, 0);
      close (fd);
      return result == 0;
    }
  return FALSE;
}
