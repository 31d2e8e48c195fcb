/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-partition.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "model/bv-error.h"

#define GROUP "partition"
/* Of a record that is being written: by this name, what one left who was killed is found again. */
#define STAGED ".new"

void
bv_partition_free (BvPartition *self)
{
  g_free (self->pool);
  g_free (self->name);
  g_free (self);
}

BvPartition *
bv_partition_read (const char *folder, const char *volume)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (BvPartition) self = g_new0 (BvPartition, 1);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, volume, NULL) : NULL;

  if (path == NULL || !g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return NULL;
  self->pool = g_key_file_get_string (file, GROUP, "pool", NULL);
  self->name = g_key_file_get_string (file, GROUP, "name", NULL);
  self->size = g_key_file_get_uint64 (file, GROUP, "size", NULL);
  return self->pool != NULL && self->name != NULL ? g_steal_pointer (&self) : NULL;
}

static gboolean
fail (const char *path, const char *reason, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The record of a partition, %s, cannot be written: %s."), path, reason);
  return FALSE;
}

gboolean
bv_partition_write (const BvPartition *self, const char *folder, const char *volume, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = g_build_filename (folder, volume, NULL);
  g_autofree char *text = NULL;
  g_autofree char *staged = NULL;
  g_autoptr (GError) local = NULL;

  g_key_file_set_string (file, GROUP, "pool", self->pool);
  g_key_file_set_string (file, GROUP, "name", self->name);
  g_key_file_set_uint64 (file, GROUP, "size", self->size);
  text = g_key_file_to_data (file, NULL, NULL);
  staged = g_strconcat (path, STAGED, NULL);
  if (!g_file_set_contents_full (staged, text, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, &local))
    return fail (path, local->message, error);
  return g_rename (staged, path) == 0 || fail (path, g_strerror (errno), error);
}

static void
remove_file (const char *path)
{
  if (g_unlink (path) != 0 && errno != ENOENT)
    g_warning ("%s cannot be removed: %s", path, g_strerror (errno));
}

void
bv_partition_forget (const char *folder, const char *volume)
{
  g_autofree char *path = NULL;
  g_autofree char *staged = NULL;

  if (folder == NULL)
    return;
  path = g_build_filename (folder, volume, NULL);
  staged = g_strconcat (path, STAGED, NULL);
  remove_file (path);
  remove_file (staged);
}

int
bv_partition_lock (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lock", NULL);
  int fd = -1, result;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      fail (path, g_strerror (errno), error);
      return -1;
    }
  do
    result = flock (fd, LOCK_EX);
  while (result != 0 && errno == EINTR);
  return fd;
}

/* sda has sda1, but nvme0n1 has nvme0n1p1. */
char *
bv_partition_choose_name (const char *device, const char *const *taken)
{
  g_autofree char *base = g_path_get_basename (device);
  const char *separator = g_ascii_isdigit (base[strlen (base) - 1]) ? "p" : "";

  for (guint number = 1;; number++)
    {
      g_autofree char *name = g_strdup_printf ("%s%s%u", base, separator, number);

      if (!g_strv_contains (taken, name))
        return g_steal_pointer (&name);
    }
}
