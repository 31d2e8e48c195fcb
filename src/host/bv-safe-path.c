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

/* Which open() does not give by itself. */
#define UNTRUSTED EXDEV

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

/* Between our look and the moment when libvirt opens the path by its name nobody but root may have
 * put something else there. In a session it is the user's own doing. */
static gboolean
is_trusted (int fd)
{
  struct stat status;

  return geteuid () != 0 || (fstat (fd, &status) == 0 && status.st_uid == 0 &&
                             (status.st_mode & (S_IWGRP | S_IWOTH)) == 0);
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
      gboolean unsafe = g_str_equal (names[i], ".."), trusted = is_trusted (fd);
      int next, saved;

      if (names[i][0] == '\0' || g_str_equal (names[i], "."))
        continue;
      next = unsafe || !trusted ? -1
                                : open_step (fd, names[i], names[i + 1] == NULL, open_flags, mode);
      saved = unsafe ? ELOOP : !trusted ? UNTRUSTED : errno;
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
  else if (code == UNTRUSTED)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("%s is not opened: others than root may change %s, or a folder between the "
                    "two, and so what the path stands for. Make them root's, and take writing from "
                    "group and others."),
                 path, folder);
  else
    g_set_error (error, BV_ERROR, code == ENOENT ? BV_ERROR_UNSCHEDULABLE : BV_ERROR_FAILED,
                 _ ("%s cannot be opened: %s."), path, g_strerror (code));
}

static void
set_not_allowed (GError **error, const char *path)
{
  g_set_error (
      error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
      _ ("%s is not in a folder that barevirt.conf allows for host disks. Add its folder to "
         "folders= in [host-disk], or use another."),
      path);
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
  set_not_allowed (error, path);
  errno = EACCES;
  return -1;
}

static int
open_parent (const char *path, const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (path);
  const char *rest = path_below (parent, folder);

  return open_below (folder, rest != NULL ? rest : "", O_PATH | O_DIRECTORY, 0);
}

static const char *
find_folder (const char *path, const char *const *folders)
{
  for (guint i = 0; folders != NULL && folders[i] != NULL; i++)
    if (path_below (path, folders[i]) != NULL)
      return folders[i];
  return NULL;
}

int
bv_safe_path_open_parent (const char *path, const char *const *folders, GError **error)
{
  const char *folder = find_folder (path, folders);
  int fd = folder != NULL ? open_parent (path, folder) : -1;

  if (fd >= 0 && is_trusted (fd))
    return fd;
  if (fd >= 0)
    {
      close (fd);
      errno = UNTRUSTED;
    }
  if (folder != NULL)
    set_open_error (error, path, folder, errno);
  else
    set_not_allowed (error, path);
  return -1;
}

/* Returns FALSE with errno where it is not removed. */
gboolean
bv_safe_path_remove (const char *path, const char *const *folders)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *folder = find_folder (path, folders);
  int fd, result;

  errno = EACCES;
  fd = folder != NULL ? open_parent (path, folder) : -1;
  if (fd < 0)
    return FALSE;
  result = unlinkat (fd, name, 0);
  close (fd);
  return result == 0;
}
