/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-unix-sockets.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE "/proc/net/unix"

struct _BvUnixSockets
{
  GHashTable *inodes; /* guint64; NULL: not asked yet, or not told */
  gboolean is_read;
};

BvUnixSockets *
bv_unix_sockets_new (void)
{
  return g_new0 (BvUnixSockets, 1);
}

void
bv_unix_sockets_free (BvUnixSockets *self)
{
  g_clear_pointer (&self->inodes, g_hash_table_unref);
  g_free (self);
}

/* A line has the inode in its seventh column; the first line names the columns. */
static void
read_line (BvUnixSockets *self, const char *line)
{
  guint64 inode;

  if (sscanf (line, "%*s %*s %*s %*s %*s %*s %" G_GUINT64_FORMAT, &inode) == 1)
    g_hash_table_add (self->inodes, g_memdup2 (&inode, sizeof inode));
}

static void
read_table (BvUnixSockets *self)
{
  g_autofree char *table = NULL;
  g_autoptr (GError) error = NULL;
  const char *line;

  self->is_read = TRUE;
  if (!g_file_get_contents (TABLE, &table, NULL, &error))
    {
      g_info ("The connections of viewers are not known: %s", error->message);
      return;
    }
  self->inodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  line = table;
  while (line != NULL && *line != '\0')
    {
      read_line (self, line);
      line = strchr (line, '\n');
      line = line != NULL ? line + 1 : NULL;
    }
}

guint64
bv_unix_sockets_identify (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISSOCK (status.st_mode) ? status.st_ino : 0;
}

gboolean
bv_unix_sockets_keep_open (BvUnixSockets *self, GArray *identities)
{
  if (identities->len == 0)
    return TRUE;
  if (!self->is_read)
    read_table (self);
  if (self->inodes == NULL)
    return FALSE;
  for (guint i = identities->len; i > 0; i--)
    if (!g_hash_table_contains (self->inodes, &g_array_index (identities, guint64, i - 1)))
      g_array_remove_index_fast (identities, i - 1);
  return TRUE;
}
