/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-firmware.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "model/bv-error.h"

static void
firmware_free (gpointer data)
{
  BvFirmware *self = data;

  g_free (self->file);
  g_free (self->description);
  g_free (self->code);
  g_free (self->vars);
  g_free (self->format);
  g_strfreev (self->features);
  g_strfreev (self->targets);
  g_free (self);
}

GStrv
bv_firmware_get_folders (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "qemu", "firmware", NULL);

  g_strv_builder_add_many (builder, "/usr/share/qemu/firmware", "/etc/qemu/firmware", own, NULL);
  return g_strv_builder_end (builder);
}

static JsonObject *
get_object (JsonObject *parent, const char *name)
{
  JsonNode *node = parent != NULL ? json_object_get_member (parent, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *parent, const char *name)
{
  JsonNode *node = parent != NULL ? json_object_get_member (parent, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
get_string (JsonObject *parent, const char *name)
{
  JsonNode *node = parent != NULL ? json_object_get_member (parent, name) : NULL;

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static const char *
get_element (JsonArray *list, guint index)
{
  JsonNode *node = json_array_get_element (list, index);

  return json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";
}

static GStrv
read_strings (JsonArray *list)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_strv_builder_add (builder, get_element (list, i));
  return g_strv_builder_end (builder);
}

static void
add_target (JsonObject *target, GStrvBuilder *builder)
{
  const char *architecture = get_string (target, "architecture");
  JsonArray *machines = get_array (target, "machines");

  for (guint i = 0;
       architecture != NULL && machines != NULL && i < json_array_get_length (machines); i++)
    {
      g_autofree char *text = g_strdup_printf ("%s %s", architecture, get_element (machines, i));

      g_strv_builder_add (builder, text);
    }
}

static GStrv
read_targets (JsonObject *root)
{
  JsonArray *list = get_array (root, "targets");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);

      if (JSON_NODE_HOLDS_OBJECT (node))
        add_target (json_node_get_object (node), builder);
    }
  return g_strv_builder_end (builder);
}

static gboolean
read_mapping (BvFirmware *self, JsonObject *mapping)
{
  const char *device = get_string (mapping, "device");
  JsonObject *executable = get_object (mapping, "executable");
  JsonObject *vars = get_object (mapping, "nvram-template");

  self->is_memory = g_strcmp0 (device, "memory") == 0;
  if (self->is_memory)
    {
      self->code = g_strdup (get_string (mapping, "filename"));
      self->format = g_strdup ("raw");
      return self->code != NULL;
    }
  if (g_strcmp0 (device, "flash") != 0)
    return FALSE;
  self->code = g_strdup (get_string (executable, "filename"));
  self->format = g_strdup (get_string (executable, "format"));
  self->vars = g_strdup (get_string (vars, "filename"));
  return self->code != NULL;
}

static gboolean
fail (GError **error, const char *file, const char *why)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The firmware descriptor %s is left out: %s"),
               file, why);
  return FALSE;
}

static gboolean
is_uefi (JsonObject *root)
{
  g_auto (GStrv) types = read_strings (get_array (root, "interface-types"));

  return g_strv_contains ((const char *const *)types, "uefi");
}

/* Adds what FILE tells; nothing where that is about another kind of firmware. */
static gboolean
read_file (GPtrArray *list, const char *file, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) local = NULL;
  BvFirmware *self;
  JsonNode *node;
  JsonObject *root;

  if (!json_parser_load_from_file (parser, file, &local))
    return fail (error, file, local->message);
  node = json_parser_get_root (parser);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, file, _ ("it holds no JSON object."));
  root = json_node_get_object (node);
  if (!is_uefi (root))
    return TRUE;
  self = g_new0 (BvFirmware, 1);
  self->file = g_strdup (file);
  self->description = g_strdup (get_string (root, "description"));
  self->features = read_strings (get_array (root, "features"));
  self->targets = read_targets (root);
  g_ptr_array_add (list, self);
  if (read_mapping (self, get_object (root, "mapping")))
    return TRUE;
  g_ptr_array_set_size (list, (int)list->len - 1);
  return fail (error, file, _ ("its “mapping” names no image."));
}

/* The name of each descriptor -> the file that counts. */
static GHashTable *
collect_files (const char *const *folders)
{
  GHashTable *files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".json") && name[0] != '.')
          g_hash_table_insert (files, g_strdup (name), g_build_filename (folders[i], name, NULL));
    }
  return files;
}

static gboolean
is_masked (const char *file)
{
  g_autofree char *text = NULL;
  gsize length = 0;

  return g_file_get_contents (file, &text, &length, NULL) && length == 0;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

GPtrArray *
bv_firmware_list (const char *const *folders, GPtrArray *problems)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (firmware_free);
  g_autoptr (GHashTable) files = collect_files (folders);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (files), compare_names);

  for (GList *item = names; item != NULL; item = item->next)
    {
      const char *file = g_hash_table_lookup (files, item->data);
      g_autoptr (GError) error = NULL;

      if (!is_masked (file) && !read_file (list, file, &error) && problems != NULL)
        g_ptr_array_add (problems, g_strdup (error->message));
    }
  return list;
}

static gboolean
has_feature (const BvFirmware *self, const char *feature)
{
  return g_strv_contains ((const char *const *)self->features, feature);
}

static gboolean
is_for (const BvFirmware *self, const BvFirmwareWish *wish)
{
  g_autofree char *exact = g_strdup_printf ("%s %s", wish->architecture, wish->machine);
  g_autofree char *short_name = g_strdup_printf ("%s pc-%s-", wish->architecture, wish->machine);
  g_autofree char *plain_name = g_strdup_printf ("%s %s-", wish->architecture, wish->machine);

  for (guint i = 0; self->targets[i] != NULL; i++)
    if (g_pattern_match_simple (self->targets[i], exact) ||
        g_pattern_match_simple (self->targets[i], short_name) ||
        g_pattern_match_simple (self->targets[i], plain_name))
      return TRUE;
  return FALSE;
}

/* A guest of its own kind of memory encryption needs a firmware that knows it. */
static gboolean
has_confidential (const BvFirmware *self, const BvFirmwareWish *wish)
{
  return (!wish->sev || has_feature (self, "amd-sev")) &&
         (!wish->sev_es || has_feature (self, "amd-sev-es")) &&
         (!wish->sev_snp || (self->vars == NULL && has_feature (self, "amd-sev-snp"))) &&
         (!wish->tdx || (self->vars == NULL && has_feature (self, "intel-tdx")));
}

static gboolean
is_there (const BvFirmware *self)
{
  return g_file_test (self->code, G_FILE_TEST_EXISTS) &&
         (self->vars == NULL || g_file_test (self->vars, G_FILE_TEST_EXISTS));
}

/* Plain guests keep their variables; raw images are what KubeVirt's domains name. */
static gboolean
fits (const BvFirmware *self, const BvFirmwareWish *wish)
{
  gboolean stateless = wish->sev_snp || wish->tdx;
  gboolean enrolled = has_feature (self, "enrolled-keys");

  if (!is_for (self, wish) || g_strcmp0 (self->format, "raw") != 0 || !is_there (self) ||
      !has_confidential (self, wish) || (!stateless && self->vars == NULL))
    return FALSE;
  return wish->secure_boot ? enrolled && has_feature (self, "secure-boot") : !enrolled;
}

/* Without secure boot, one that does not need SMM comes first: the guest may have that off. */
const BvFirmware *
bv_firmware_choose (GPtrArray *list, const BvFirmwareWish *wish)
{
  const BvFirmware *second = NULL;

  for (guint i = 0; i < list->len; i++)
    {
      const BvFirmware *firmware = g_ptr_array_index (list, i);

      if (!fits (firmware, wish))
        continue;
      if (wish->secure_boot || !has_feature (firmware, "requires-smm"))
        return firmware;
      second = second != NULL ? second : firmware;
    }
  return second;
}
