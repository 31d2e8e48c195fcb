/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-config-table.h"
#include "host/machine/bv-cpu-list.h"
#include "model/bv-error.h"
#include "model/bv-quantity.h"

#define GATES_GROUP "features"
#define DEFAULTS_GROUP "defaults"
#define REGISTRY_GROUP "registry "

/* The host's settings: what barevirt.conf and the files of barevirt.conf.d say, and KubeVirt's
 * defaults where they say nothing. */
struct _BvConfig
{
  gatomicrefcount ref_count;
  BvPolicy *policy;
  GHashTable *values;            /* static BvConfigKey -> GStrv, those that were set */
  GHashTable *registries;        /* host -> itself, those that may be insecure */
  GPtrArray *devices;            /* BvPermittedDevice */
  GPtrArray *migration_policies; /* BvMigrationPolicy */
  GPtrArray *hosts;              /* BvRemoteHost */
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
  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_permitted_device_free);
  self->migration_policies =
      g_ptr_array_new_with_free_func ((GDestroyNotify)bv_migration_policy_free);
  self->hosts = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_remote_host_free);
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
  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->migration_policies);
  g_ptr_array_unref (self->hosts);
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
check_range (const BvConfigKey *key, double number, GError **error)
{
  if (number >= (double)key->least && number <= (double)key->most)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("it must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT), key->least,
               key->most);
  return FALSE;
}

static gboolean
check_integer (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 number = g_key_file_get_int64 (file, key->group, key->name, &local);

  if (local == NULL)
    return check_range (key, (double)number, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_ratio (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  double ratio = g_key_file_get_double (file, key->group, key->name, &local);

  if (local == NULL)
    return check_range (key, ratio, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_quantity (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, key->group, key->name, error);
  BvQuantity quantity;

  if (text == NULL)
    return FALSE;
  if (bv_quantity_parse (text, &quantity) && bv_quantity_sign (&quantity) >= 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no amount; write one as “256Mi”"), text);
  return FALSE;
}

static gboolean
check_cpus (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, key->group, key->name, error);
  g_autoptr (GArray) cpus = text != NULL ? bv_cpu_list_parse (text, error) : NULL;

  return cpus != NULL;
}

static gboolean
check_boolean (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;

  g_key_file_get_boolean (file, key->group, key->name, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_migration (const BvConfigKey *key, GKeyFile *file, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, key->group, key->name, error);
  const BvMigrationOption *option =
      text != NULL ? bv_migration_option_find (key->name, BV_MIGRATION_BY_HOST, error) : NULL;
  g_autoptr (GVariant) value =
      option != NULL ? bv_migration_option_parse (option, text, error) : NULL;

  return value != NULL;
}

static gboolean
check_value (const BvConfigKey *key, GKeyFile *file, const char *path, GError **error)
{
  static gboolean (*const checks[]) (const BvConfigKey *key, GKeyFile *file, GError **error) = {
    [BV_CONFIG_BOOLEAN] = check_boolean,   [BV_CONFIG_INTEGER] = check_integer,
    [BV_CONFIG_QUANTITY] = check_quantity, [BV_CONFIG_RATIO] = check_ratio,
    [BV_CONFIG_CPUS] = check_cpus,         [BV_CONFIG_MIGRATION] = check_migration,
  };
  g_autoptr (GError) wrong = NULL;

  if (key->type >= G_N_ELEMENTS (checks) || checks[key->type] == NULL ||
      checks[key->type](key, file, &wrong))
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

static BvPermittedDevice *
ensure_device (BvConfig *self, const char *resource)
{
  BvPermittedDevice *device = (BvPermittedDevice *)bv_config_find_device (self, resource);

  if (device != NULL)
    return device;
  device = bv_permitted_device_new (resource);
  g_ptr_array_add (self->devices, device);
  return device;
}

static gboolean
read_device (BvConfig *self, GKeyFile *file, const char *group, const char *name, const char *path,
             GError **error)
{
  g_autofree char *resource = g_strstrip (g_strdup (group + strlen (BV_PERMITTED_DEVICE_GROUP)));
  g_autofree char *value = g_key_file_get_string (file, group, name, NULL);
  g_autoptr (GError) wrong = NULL;

  if (value != NULL &&
      bv_permitted_device_set (ensure_device (self, resource), name, value, &wrong))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s: [%s] is wrong: %s."), path,
               group, wrong != NULL ? wrong->message : name);
  return FALSE;
}

static BvMigrationPolicy *
ensure_migration_policy (BvConfig *self, const char *name)
{
  BvMigrationPolicy *policy;

  for (guint i = 0; i < self->migration_policies->len; i++)
    {
      policy = g_ptr_array_index (self->migration_policies, i);
      if (g_str_equal (policy->name, name))
        return policy;
    }
  policy = bv_migration_policy_new (name);
  g_ptr_array_add (self->migration_policies, policy);
  return policy;
}

static gboolean
read_migration_policy (BvConfig *self, GKeyFile *file, const char *group, const char *name,
                       const char *path, GError **error)
{
  g_autofree char *policy = g_strstrip (g_strdup (group + strlen (BV_MIGRATION_POLICY_GROUP)));
  g_autofree char *value = g_key_file_get_string (file, group, name, NULL);
  g_autoptr (GError) wrong = NULL;

  if (value != NULL &&
      bv_migration_policy_set (ensure_migration_policy (self, policy), name, value, &wrong))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s: [%s] is wrong: %s."), path,
               group, wrong != NULL ? wrong->message : name);
  return FALSE;
}

static BvRemoteHost *
ensure_host (BvConfig *self, const char *name)
{
  BvRemoteHost *host = (BvRemoteHost *)bv_config_find_host (self, name);

  if (host != NULL)
    return host;
  host = bv_remote_host_new (name);
  g_ptr_array_add (self->hosts, host);
  return host;
}

static gboolean
read_host (BvConfig *self, GKeyFile *file, const char *group, const char *name, const char *path,
           GError **error)
{
  g_autofree char *host = g_strstrip (g_strdup (group + strlen (BV_REMOTE_HOST_GROUP)));
  g_autofree char *value = g_key_file_get_string (file, group, name, NULL);
  g_autoptr (GError) wrong = NULL;

  if (value != NULL && bv_remote_host_set (ensure_host (self, host), name, value, &wrong))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s: [%s] is wrong: %s."), path,
               group, wrong != NULL ? wrong->message : name);
  return FALSE;
}

static gboolean
check_migration_policies (BvConfig *self, const char *path, GError **error)
{
  for (guint i = 0; i < self->migration_policies->len; i++)
    {
      const BvMigrationPolicy *policy = g_ptr_array_index (self->migration_policies, i);

      if (bv_migration_policy_selects (policy))
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("%s: [%s%s] is for no guest; give it a virtualMachineInstanceSelector or a "
                      "namespaceSelector"),
                   path, BV_MIGRATION_POLICY_GROUP, policy->name);
      return FALSE;
    }
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
  if (g_str_has_prefix (group, BV_PERMITTED_DEVICE_GROUP))
    return read_device (self, file, group, name, path, error);
  if (g_str_has_prefix (group, BV_MIGRATION_POLICY_GROUP))
    return read_migration_policy (self, file, group, name, path, error);
  if (g_str_has_prefix (group, BV_REMOTE_HOST_GROUP))
    return read_host (self, file, group, name, path, error);
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
  if (!check_migration_policies (self, path, error))
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

/* For a setting that was checked to be a list of CPUs. */
GArray *
bv_config_get_cpus (const BvConfig *self, const char *group, const char *key)
{
  return bv_cpu_list_parse (bv_config_get_string (self, group, key), NULL);
}

/* For a setting that was checked to be an amount. */
guint64
bv_config_get_bytes (const BvConfig *self, const char *group, const char *key)
{
  BvQuantity quantity = { NULL };

  return bv_quantity_parse (bv_config_get_string (self, group, key), &quantity)
             ? (guint64)bv_quantity_value (&quantity)
             : 0;
}

double
bv_config_get_ratio (const BvConfig *self, const char *group, const char *key)
{
  return g_ascii_strtod (bv_config_get_string (self, group, key), NULL);
}

/* What guests may ask for under the name RESOURCE, or NULL. */
const BvPermittedDevice *
bv_config_find_device (const BvConfig *self, const char *resource)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      const BvPermittedDevice *device = g_ptr_array_index (self->devices, i);

      if (g_str_equal (device->resource, resource))
        return device;
    }
  return NULL;
}

gboolean
bv_config_has_devices (const BvConfig *self)
{
  return self->devices->len > 0;
}

/* Of BvMigrationPolicy. */
GPtrArray *
bv_config_get_migration_policies (const BvConfig *self)
{
  return self->migration_policies;
}

/* The host that the settings call NAME, or NULL. */
const BvRemoteHost *
bv_config_find_host (const BvConfig *self, const char *name)
{
  for (guint i = 0; i < self->hosts->len; i++)
    {
      const BvRemoteHost *host = g_ptr_array_index (self->hosts, i);

      if (g_str_equal (host->name, name))
        return host;
    }
  return NULL;
}

/* All of them, of BvRemoteHost. */
GPtrArray *
bv_config_get_hosts (const BvConfig *self)
{
  return self->hosts;
}
