/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-tree.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define DISK_FOLDER "disk"
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/* More entries than these in /disk, or above what is wanted, are no disk's image. */
#define MOST_ENTRIES 64

typedef struct
{
  BvImageEntryKind kind;
  guint layer;
  guint number;
} Entry;

struct _BvImageTree
{
  GStrv paths;         /* clean; NULL: what is in /disk */
  GHashTable *entries; /* clean path -> Entry, those that matter */
  guint n_files;
};

/* Without what says nothing: a leading "./", a trailing "/", doubled ones. NULL for a path that
 * leaves the image. */
static char *
clean_path (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_str_equal (parts[i], ".."))
        return NULL;
      if (parts[i][0] != '\0' && !g_str_equal (parts[i], "."))
        g_ptr_array_add (kept, parts[i]);
    }
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("/", (char **)kept->pdata);
}

BvImageTree *
bv_image_tree_new (const char *const *paths)
{
  BvImageTree *self = g_new0 (BvImageTree, 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autofree char *clean = clean_path (paths[i]);

      /* One that leaves the image is found in none. */
      g_strv_builder_add (builder, clean != NULL ? clean : paths[i]);
    }
  if (paths != NULL)
    self->paths = g_strv_builder_end (builder);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bv_image_tree_free (BvImageTree *self)
{
  g_strfreev (self->paths);
  g_hash_table_unref (self->entries);
  g_free (self);
}

static gboolean
is_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return length == 0 || (strncmp (path, folder, length) == 0 && path[length] == '/');
}

/* Of the lower layers only, where BELOW_LAYER is theirs. */
static void
forget (BvImageTree *self, const char *path, gboolean itself, guint below_layer)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const Entry *entry = value;

      if (entry->layer < below_layer &&
          (is_below (key, path) || (itself && g_str_equal (key, path))))
        g_hash_table_iter_remove (&iter);
    }
}

/* The part of PATH that matters to us: itself, the entry of /disk that it is below, or NULL. */
static char *
get_part (const BvImageTree *self, const char *path)
{
  const char *rest, *slash;

  for (guint i = 0; self->paths != NULL && self->paths[i] != NULL; i++)
    if (g_str_equal (self->paths[i], path) || is_below (self->paths[i], path))
      return g_strdup (path);
  if (self->paths != NULL)
    return NULL;
  if (g_str_equal (path, DISK_FOLDER))
    return g_strdup (path);
  if (!is_below (path, DISK_FOLDER))
    return NULL;
  rest = path + strlen (DISK_FOLDER "/");
  slash = strchr (rest, '/');
  return slash != NULL ? g_strndup (path, slash - path) : g_strdup (path);
}

static gboolean
is_wanted (const BvImageTree *self, const char *path)
{
  return self->paths != NULL ? g_strv_contains ((const char *const *)self->paths, path)
                             : is_below (path, DISK_FOLDER);
}

static gboolean
refuse_name (const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, -1);

  g_set_error (
      error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
      _ ("Its file “%s” has an absolute name, or one with “..” in it, which would lead out "
         "of the image."),
      shown);
  return FALSE;
}

/* Whiteouts hide what lower layers have; returns whether NAME is one. */
static gboolean
take_whiteout (BvImageTree *self, guint layer, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  const char *parent = g_str_equal (folder, ".") ? "" : folder;
  g_autofree char *hidden = NULL;

  if (!g_str_has_prefix (name, WHITEOUT))
    return FALSE;
  if (g_str_equal (name, OPAQUE))
    {
      forget (self, parent, FALSE, layer);
      return TRUE;
    }
  hidden = parent[0] != '\0' ? g_strconcat (parent, "/", name + strlen (WHITEOUT), NULL)
                             : g_strdup (name + strlen (WHITEOUT));
  forget (self, hidden, TRUE, layer);
  return TRUE;
}

static gboolean
keep (BvImageTree *self, guint layer, BvImageEntryKind kind, const char *part, guint *number,
      GError **error)
{
  const Entry *old = g_hash_table_lookup (self->entries, part);
  gboolean both_folders = old != NULL && old->kind == BV_IMAGE_FOLDER && kind == BV_IMAGE_FOLDER;
  Entry *entry = g_new0 (Entry, 1);

  if (old != NULL && !both_folders)
    forget (self, part, TRUE, layer + 1);
  *entry = (Entry){ kind, layer, self->n_files };
  if (kind == BV_IMAGE_FILE)
    *number = self->n_files++;
  g_hash_table_insert (self->entries, g_strdup (part), entry);
  if (g_hash_table_size (self->entries) <= MOST_ENTRIES && self->n_files <= MOST_ENTRIES)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("There are more than %d files where its disk should be."), MOST_ENTRIES);
  return FALSE;
}

gboolean
bv_image_tree_add (BvImageTree *self, guint layer, BvImageEntryKind kind, const char *name,
                   const char *target, gboolean *wanted, guint *number, GError **error)
{
  g_autofree char *path = g_path_is_absolute (name) ? NULL : clean_path (name);
  g_autofree char *part = NULL;

  *wanted = FALSE;
  if (path == NULL)
    return refuse_name (name, error);
  if (kind == BV_IMAGE_HARD_LINK)
    {
      g_autofree char *clean = g_path_is_absolute (target) ? NULL : clean_path (target);

      if (clean == NULL)
        return refuse_name (target, error);
    }
  if (path[0] == '\0' || take_whiteout (self, layer, path))
    return TRUE;
  part = get_part (self, path);
  if (part == NULL)
    return TRUE;
  /* What lies below an entry makes that a folder. */
  if (!g_str_equal (part, path))
    kind = BV_IMAGE_FOLDER;
  *wanted = kind == BV_IMAGE_FILE && is_wanted (self, path);
  return keep (self, layer, kind, part, number, error);
}

static const char *const kinds[] = {
  [BV_IMAGE_FILE] = N_ ("a file"),
  [BV_IMAGE_FOLDER] = N_ ("a folder"),
  [BV_IMAGE_SYMLINK] = N_ ("a symbolic link"),
  [BV_IMAGE_HARD_LINK] = N_ ("a hard link"),
  [BV_IMAGE_SPECIAL] = N_ ("a device or the like"),
};

static gboolean
check_kind (const Entry *entry, const char *path, BvImageEntryKind wanted, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (path, -1);

  if (entry->kind == wanted)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("In the image, /%s is %s; it must be %s, for links are not followed."), shown,
               _ (kinds[entry->kind]), _ (kinds[wanted]));
  return FALSE;
}

static gboolean
check_parents (BvImageTree *self, const char *path, GError **error)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *parent = g_strndup (path, slash - path);
      const Entry *entry = g_hash_table_lookup (self->entries, parent);

      if (entry != NULL && !check_kind (entry, parent, BV_IMAGE_FOLDER, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
finish_path (BvImageTree *self, const char *path, GArray *numbers, GError **error)
{
  const Entry *entry = g_hash_table_lookup (self->entries, path);

  if (!check_parents (self, path, error))
    return FALSE;
  if (entry == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE, _ ("There is no /%s in the image."),
                   path);
      return FALSE;
    }
  if (!check_kind (entry, path, BV_IMAGE_FILE, error))
    return FALSE;
  g_array_append_val (numbers, entry->number);
  return TRUE;
}

/* What is in /disk, which must be one file. */
static char *
find_disk (BvImageTree *self, GError **error)
{
  GHashTableIter iter;
  gpointer key;
  char *found = NULL;
  guint n_found = 0;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (is_below (key, DISK_FOLDER))
      {
        n_found++;
        found = key;
      }
  if (n_found == 1)
    return g_strdup (found);
  if (!check_parents (self, DISK_FOLDER "/", error))
    return NULL;
  if (n_found == 0)
    g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                 _ ("There is no disk in the folder /disk of the image; put one there, or name it "
                    "as “path”."));
  else
    g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
                 _ ("There are %u files in the folder /disk of the image, where only one may be; "
                    "name the disk as “path”."),
                 n_found);
  return NULL;
}

GArray *
bv_image_tree_finish (BvImageTree *self, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree char *disk = NULL;

  if (self->paths == NULL)
    {
      disk = find_disk (self, error);
      return disk != NULL && finish_path (self, disk, numbers, error) ? g_steal_pointer (&numbers)
                                                                      : NULL;
    }
  for (guint i = 0; self->paths[i] != NULL; i++)
    if (!finish_path (self, self->paths[i], numbers, error))
      return NULL;
  return g_steal_pointer (&numbers);
}
