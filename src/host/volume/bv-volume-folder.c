/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/bv-error.h"

#define STAGING_PREFIX "."
#define STAGING_SUFFIX ".new"

static gboolean
fail (GError **error, const char *format, const char *path)
{
  int code = errno;
  g_autofree char *quoted = g_strdup_printf ("“%s”", path);

  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, "%s: %s: %s.", format, quoted, g_strerror (code));
  return FALSE;
}

/* QEMU's user must be able to pass through it, but not to list it. One that is there stays as it
 * is. */
static gboolean
make_parent (const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  if (g_file_test (parent, G_FILE_TEST_IS_DIR))
    return TRUE;
  return g_mkdir_with_parents (parent, 0711) == 0 && g_chmod (parent, 0711) == 0;
}

gboolean
bv_volume_folder_make (const char *folder, guint group, GError **error)
{
  gboolean shared = group != BV_NO_GROUP;

  if (make_parent (folder) && (g_mkdir (folder, 0700) == 0 || errno == EEXIST) &&
      (!shared || lchown (folder, -1, group) == 0) && g_chmod (folder, shared ? 0710 : 0700) == 0)
    return TRUE;
  return fail (error, _ ("The folder of the volumes cannot be made"), folder);
}

char *
bv_volume_folder_make_staging (const char *folder, const char *name, GError **error)
{
  g_autofree char *base = g_strdup_printf (STAGING_PREFIX "%s" STAGING_SUFFIX, name);
  g_autofree char *staging = g_build_filename (folder, base, NULL);

  /* A service that was killed may have left it. */
  if (!bv_volume_folder_remove (staging, error))
    return NULL;
  if (g_mkdir (staging, 0700) == 0)
    return g_steal_pointer (&staging);
  fail (error, _ ("The folder in which a volume is made cannot be made"), staging);
  return NULL;
}

static gboolean
settle_file (const char *made, guint mode, guint group)
{
  int fd = open (made, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  gboolean good;

  if (fd < 0)
    return FALSE;
  good = (group == BV_NO_GROUP || fchown (fd, -1, group) == 0) && fchmod (fd, mode) == 0 &&
         fsync (fd) == 0;
  return close (fd) == 0 && good;
}

static gboolean
sync_folder_of (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean good;

  if (fd < 0)
    return FALSE;
  good = fsync (fd) == 0;
  return close (fd) == 0 && good;
}

gboolean
bv_volume_folder_publish (const char *made, const char *path, guint mode, guint group,
                          GError **error)
{
  if (settle_file (made, mode, group) && g_rename (made, path) == 0 && sync_folder_of (path))
    return TRUE;
  return fail (error, _ ("A volume's image cannot be put in its place"), path);
}

static gboolean remove_at (int parent, const char *name);

/* Takes FD. */
static gboolean
remove_entries (int fd)
{
  DIR *dir = fdopendir (fd);
  gboolean good = TRUE;
  struct dirent *entry;

  if (dir == NULL)
    {
      close (fd);
      return FALSE;
    }
  while (good && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      good = remove_at (dirfd (dir), entry->d_name);
  closedir (dir);
  return good;
}

static gboolean
remove_at (int parent, const char *name)
{
  int fd;

  if (unlinkat (parent, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EISDIR && errno != EPERM)
    return FALSE;
  fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 && remove_entries (fd) && unlinkat (parent, name, AT_REMOVEDIR) == 0;
}

gboolean
bv_volume_folder_remove (const char *folder, GError **error)
{
  return remove_at (AT_FDCWD, folder) ||
         fail (error, _ ("A folder of volumes cannot be removed"), folder);
}

gboolean
bv_volume_folder_remove_staging (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  gboolean good = TRUE;

  while (good && dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, STAGING_PREFIX) && g_str_has_suffix (name, STAGING_SUFFIX))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        good = bv_volume_folder_remove (path, error);
      }
  return good;
}
