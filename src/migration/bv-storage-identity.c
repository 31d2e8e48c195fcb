/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-storage-identity.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model/bv-error.h"

/* A line of mountinfo: “36 35 98:0 /root /mount options - type source options”. */
enum
{
  FIELD_ROOT = 3,
  FIELD_MOUNT = 4,
  N_FIELDS_BEFORE_OPTIONAL = 6,
};

/* File systems whose source means the same to every host. */
static const struct
{
  const char *type;
  const char *name;
} shared_types[] = {
  { "nfs", "nfs" },       { "nfs4", "nfs" },      { "cifs", "smb" },
  { "smb3", "smb" },      { "ceph", "ceph" },     { "fuse.glusterfs", "gluster" },
  { "lustre", "lustre" }, { "beegfs", "beegfs" },
};

/* Where the kernel shows the name of a device that no other has. */
static const char *const device_names[] = { "wwid", "device/wwid", "dm/uuid" };

static const char *
find_shared_type (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (shared_types); i++)
    if (g_str_equal (shared_types[i].type, type))
      return shared_types[i].name;
  return NULL;
}

/* The part of PATH below the folder MOUNT, or NULL where it is not below it. */
static const char *
strip_mount (const char *path, const char *mount)
{
  gsize length = strlen (mount);

  if (g_str_equal (mount, "/"))
    return path;
  if (!g_str_has_prefix (path, mount) || (path[length] != '/' && path[length] != '\0'))
    return NULL;
  return path + length;
}

/* mountinfo writes blanks as \040. */
static char *
unescape (const char *field)
{
  return g_strcompress (field);
}

/* The text after “ - ”: type and source. */
static char **
split_source (char **fields)
{
  guint i = N_FIELDS_BEFORE_OPTIONAL;

  while (fields[i] != NULL && !g_str_equal (fields[i], "-"))
    i++;
  return fields[i] != NULL && fields[i + 1] != NULL && fields[i + 2] != NULL ? fields + i + 1
                                                                             : NULL;
}

/* What LINE says of PATH: NULL where PATH is not below its mount, and an empty text where it is
 * one that hosts do not share. LENGTH is that of the mount's folder. */
static char *
read_mount (const char *line, const char *path, gsize *length)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  g_autofree char *mount = NULL;
  g_autofree char *root = NULL;
  char **source;
  const char *below, *name;

  if (g_strv_length (fields) < N_FIELDS_BEFORE_OPTIONAL || (source = split_source (fields)) == NULL)
    return NULL;
  mount = unescape (fields[FIELD_MOUNT]);
  root = unescape (fields[FIELD_ROOT]);
  below = strip_mount (path, mount);
  if (below == NULL)
    return NULL;
  *length = strlen (mount);
  name = find_shared_type (source[0]);
  if (name == NULL)
    return g_strdup ("");
  return g_strdup_printf ("%s:%s:%s%s", name, source[1], g_str_equal (root, "/") ? "" : root,
                          below);
}

char *
bv_storage_identity_of_mount (const char *mounts, const char *path)
{
  g_auto (GStrv) lines = g_strsplit (mounts, "\n", -1);
  g_autofree char *best = NULL;
  gsize best_length = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gsize length = 0;
      char *found = read_mount (lines[i], path, &length);

      if (found == NULL || length < best_length)
        {
          g_free (found);
          continue;
        }
      g_free (best);
      best = found;
      best_length = length;
    }
  return best != NULL && best[0] != '\0' ? g_steal_pointer (&best) : NULL;
}

/* By the name that its maker, or LVM, gave it. */
static char *
identify_device (dev_t device)
{
  for (guint i = 0; i < G_N_ELEMENTS (device_names); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sys/dev/block/%u:%u/%s", major (device),
                                               minor (device), device_names[i]);
      g_autofree char *name = NULL;

      if (g_file_get_contents (path, &name, NULL, NULL) && g_strstrip (name)[0] != '\0')
        return g_strdup_printf ("device:%s", name);
    }
  return NULL;
}

/* Guests of one kernel, as containers are, see the same numbers. */
static char *
identify_here (const struct stat *info, GError **error)
{
  g_autofree char *boot = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, error))
    return NULL;
  g_strstrip (boot);
  if (S_ISBLK (info->st_mode))
    return g_strdup_printf ("here:%s:%u:%u", boot, major (info->st_rdev), minor (info->st_rdev));
  return g_strdup_printf ("here:%s:%u:%u:%" G_GUINT64_FORMAT, boot, major (info->st_dev),
                          minor (info->st_dev), (guint64)info->st_ino);
}

char *
bv_storage_identity (const char *path, GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *mounts = NULL;
  struct stat info;
  char *identity;

  if (real == NULL || stat (real, &info) != 0)
    {
      g_set_error (error, BV_ERROR, errno == ENOENT ? BV_ERROR_NOT_FOUND : BV_ERROR_FAILED,
                   _ ("%s cannot be looked at: %s"), path, g_strerror (errno));
      return NULL;
    }
  if (S_ISBLK (info.st_mode))
    {
      identity = identify_device (info.st_rdev);
      return identity != NULL ? identity : identify_here (&info, error);
    }
  if (!g_file_get_contents ("/proc/self/mountinfo", &mounts, NULL, error))
    return NULL;
  identity = bv_storage_identity_of_mount (mounts, real);
  return identity != NULL ? identity : identify_here (&info, error);
}
