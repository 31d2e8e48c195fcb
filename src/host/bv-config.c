/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-config-table.h"
#include "model/bv-error.h"

#define GATES_GROUP "features"
#define DEFAULTS_GROUP "defaults"
#define REGISTRY_GROUP "registry "

/* The host's settings: what barevirt.conf and the files of barevirt.conf.d say, and KubeVirt's
 * defaults where they say nothing. */
struct _BvConfig
{
  gatomicrefcount ref_count;
  BvPolicy *policy;
  GHashTable *values;     /* static BvConfigKey -> GStrv, those that were set */
  GHashTable *registries; /* host -> itself, those that may be insecure */
};

G_DEFINE_BOXED_TYPE (BvConfig, bv_config, bv_config_ref, bv_config_unref)

BvConfig *
bv_config_new (void)
{
  BvConfig *self = g_new0 (BvConfig, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->policy = bv_policy_new ();
  self->values = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_strfreev);
  self->registries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

BvConfig *
bv_config_ref (BvConfig *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
bv_config_unref (BvConfig *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->policy);
  g_hash_table_unref (self->values);
  g_hash_table_unref (self->registries);
  g_free (self);
}

static const BvConfigKey *
find_key (const char *group, const char *name)
{
  for (guint i = 0; i < bv_n_config_keys; i++)
    if (g_str_equal (bv_config_keys[i].group, group) && g_str_equal (bv_config_keys[i].name, name))
      return &bv_config_keys[i];
  return NULL;
}

static gboolean
check_value (const BvConfigKey *key, GKeyFile *file, const char *path, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  if (key->type == BV_CONFIG_BOOLEAN)
    g_key_file_get_boolean (file, key->group, key->name, &wrong);
  else if (key->type == BV_CONFIG_INTEGER)
    {
      gint64 number = g_key_file_get_int64 (file, key->group, key->name, &wrong);

      if (wrong == NULL && (number < key->least || number > key->most))
        wrong = g_error_new (BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                             _ ("it must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT),
                             key->least, key->most);
    }
  if (wrong == NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("%s: the value of %s in [%s] is wrong: %s"), path, key->name, key->group,
               wrong->message);
  return FALSE;
}

static gboolean
read_key (BvConfig *self, GKeyFile *file, const char *group, const char *name, const char *path,
          GError **error)
{
  const BvConfigKey *key = find_key (group, name);

  if (key == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("%s: there is no setting %s in [%s]; see barevirt.conf(5)"), path, name,
                   group);
      return FALSE;
    }
  if (!check_value (key, file, path, error))
    return FALSE;
  g_hash_table_insert (self->values, (gpointer)key,
                       g_key_file_get_string_list (file, group, name, NULL, NULL));
  return TRUE;
}

static gboolean
read_gate (BvConfig *self, GKeyFile *file, const char *name, const char *path, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  gboolean enabled = g_key_file_get_boolean (file, GATES_GROUP, name, &wrong);

  if (wrong == NULL && bv_policy_set_feature_gate (self->policy, name, enabled, &wrong))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("%s: the feature gate %s cannot be set: %s"), path, name, wrong->message);
  return FALSE;
}

static gboolean
read_default (BvConfig *self, GKeyFile *file, const char *name, const char *path, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autofree char *value = g_key_file_get_string (file, DEFAULTS_GROUP, name, &wrong);

  if (wrong == NULL && bv_policy_set_default (self->policy, name, value, &wrong))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s: [%s] is wrong: %s"), path,
               DEFAULTS_GROUP, wrong->message);
  return FALSE;
}

/* [registry HOST] has one key, insecure, whose value may be yes or no, too. */
static gboolean
read_registry (BvConfig *self, GKeyFile *file, const char *group, const char *name,
               const char *path, GError **error)
{
  const char *host = group + strlen (REGISTRY_GROUP);
  g_autofree char *value = g_key_file_get_string (file, group, name, NULL);
  gboolean insecure = g_strcmp0 (value, "yes") == 0 || g_strcmp0 (value, "true") == 0;

  if (!g_str_equal (name, "insecure") || host[0] == '\0' ||
      (!insecure && g_strcmp0 (value, "no") != 0 && g_strcmp0 (value, "false") != 0))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("%s: [%s] can only say insecure=yes or insecure=no; see barevirt.conf(5)"),
                   path, group);
      return FALSE;
    }
  if (insecure)
    g_hash_table_add (self->registries, g_strdup (host));
  else
    g_hash_table_remove (self->registries, host);
  return TRUE;
}

static gboolean
read_entry (BvConfig *self, GKeyFile *file, const char *group, const char *name, const char *path,
            GError **error)
{
  if (g_str_equal (group, GATES_GROUP))
    return read_gate (self, file, name, path, error);
  if (g_str_equal (group, DEFAULTS_GROUP))
    return read_default (self, file, name, path, error);
  if (g_str_has_prefix (group, REGISTRY_GROUP))
    return read_registry (self, file, group, name, path, error);
  return read_key (self, file, group, name, path, error);
}

static gboolean
read_group (BvConfig *self, GKeyFile *file, const char *group, const char *path, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (guint i = 0; keys[i] != NULL; i++)
    if (!read_entry (self, file, group, keys[i], path, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_file (BvConfig *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s cannot be read: %s"), path,
                   local->message);
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!read_group (self, file, groups[i], path, error))
      return FALSE;
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The *.conf files of FOLDER, in the order of their names; none where there is no such folder. */
static GPtrArray *
list_drop_ins (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

/* Reads PATH, which need not be there, then the files that end in .conf in the folder PATH.d, by
 * name; a later value replaces an earlier one. What Barevirt does not know is an error, because a
 * setting that is not obeyed in silence is worse than one that is refused. */
BvConfig *
bv_config_new_from_file (const char *path, GError **error)
{
  g_autoptr (BvConfig) self = bv_config_new ();
  g_autofree char *folder = g_strconcat (path, ".d", NULL);
  g_autoptr (GPtrArray) drop_ins = list_drop_ins (folder);

  if (!read_file (self, path, error))
    return NULL;
  for (guint i = 0; i < drop_ins->len; i++)
    if (!read_file (self, g_ptr_array_index (drop_ins, i), error))
      return NULL;
  return g_steal_pointer (&self);
}

BvPolicy *
bv_config_get_policy (const BvConfig *self)
{
  return self->policy;
}

gboolean
bv_config_is_registry_insecure (const BvConfig *self, const char *host)
{
  return g_hash_table_contains (self->registries, host);
}

const char *const *
bv_config_get_strings (const BvConfig *self, const char *group, const char *key)
{
  const BvConfigKey *known = find_key (group, key);
  const char *const *values;

  g_return_val_if_fail (known != NULL, NULL);
  values = g_hash_table_lookup (self->values, known);
  return values != NULL ? values : known->defaults;
}

const char *
bv_config_get_string (const BvConfig *self, const char *group, const char *key)
{
  const char *const *values = bv_config_get_strings (self, group, key);

  return values != NULL ? values[0] : NULL;
}

gboolean
bv_config_get_boolean (const BvConfig *self, const char *group, const char *key)
{
  const char *value = bv_config_get_string (self, group, key);

  return g_strcmp0 (value, "true") == 0 || g_strcmp0 (value, "1") == 0;
}

gint64
bv_config_get_integer (const BvConfig *self, const char *group, const char *key)
{
  const char *value = bv_config_get_string (self, group, key);

  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : 0;
}
