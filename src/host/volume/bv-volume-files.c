/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "model/bv-error.h"

static void
file_free (gpointer data)
{
  BvVolumeFile *self = data;

  g_free (self->path);
  g_bytes_unref (self->contents);
  g_free (self);
}

GPtrArray *
bv_volume_files_new (void)
{
  return g_ptr_array_new_with_free_func (file_free);
}

/* Whether it stays in the folder that it is relative to, and on its line of a list. */
static gboolean
is_safe (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);

  for (guint i = 0; names[i] != NULL; i++)
    if (names[i][0] == '\0' || g_str_equal (names[i], ".") || g_str_equal (names[i], ".."))
      return FALSE;
  for (const char *c = path; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return FALSE;
  return path[0] != '\0';
}

gboolean
bv_volume_files_add (GPtrArray *files, const char *path, GBytes *contents, guint mode,
                     GError **error)
{
  BvVolumeFile *file;

  if (!is_safe (path))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("“%s” cannot be the name of a file: it must be a relative path without “.”, "
                      "“..”, “//” and control characters."),
                   path);
      return FALSE;
    }
  file = g_new0 (BvVolumeFile, 1);
  file->path = g_strdup (path);
  file->contents = g_bytes_ref (contents);
  file->mode = mode;
  g_ptr_array_add (files, file);
  return TRUE;
}

gboolean
bv_volume_files_add_text (GPtrArray *files, const char *path, const char *text, guint mode,
                          GError **error)
{
  g_autoptr (GBytes) contents = g_bytes_new (text, strlen (text));

  return bv_volume_files_add (files, path, contents, mode, error);
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize written = write (fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      data += written;
      size -= written;
    }
  return TRUE;
}

/* The folders above it get the mode that a guest expects, whatever the umask. */
static gboolean
make_parents (const char *folder, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  g_autoptr (GString) parent = g_string_new (folder);

  for (guint i = 0; names[i + 1] != NULL; i++)
    {
      g_string_append_printf (parent, "/%s", names[i]);
      if ((g_mkdir (parent->str, 0755) != 0 && errno != EEXIST) || g_chmod (parent->str, 0755) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_file (const BvVolumeFile *self, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, self->path, NULL);
  gsize size;
  const char *data = g_bytes_get_data (self->contents, &size);
  gboolean good;
  int fd;

  if (!make_parents (folder, self->path))
    return FALSE;
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  good = write_all (fd, data, size) && fchmod (fd, self->mode) == 0;
  return close (fd) == 0 && good;
}

/* FOLDER is empty, and nobody else looks into it. */
gboolean
bv_volume_files_write (GPtrArray *files, const char *folder, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      const BvVolumeFile *file = g_ptr_array_index (files, i);

      if (write_file (file, folder))
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The file %s cannot be written: %s."),
                   file->path, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}
