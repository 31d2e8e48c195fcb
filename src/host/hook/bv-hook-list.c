/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/hook/bv-hook.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/bv-error.h"
#include "model/bv-json.h"
#include "model/bv-vmi-private.h"

#define ANNOTATION "hooks.kubevirt.io/hookSidecars"
#define LARGEST_PROGRAM 16777216

static const char *const points[] = {
  [BV_HOOK_ON_DEFINE_DOMAIN] = "onDefineDomain",
  [BV_HOOK_PRE_CLOUD_INIT_ISO] = "preCloudInitIso",
};

const char *
bv_hook_point_to_string (BvHookPoint point)
{
  return points[point];
}

static void
hook_free (BvHook *self)
{
  g_free (self->name);
  g_clear_pointer (&self->program, g_bytes_unref);
  g_free (self);
}

gboolean
bv_hook_is_called_at (const BvHook *self, BvHookPoint point)
{
  return (self->points & (1 << point)) != 0;
}

/* Of the manifest. */

static const char *
get_annotation (BvVmi *vmi)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (vmi)->metadata;

  return bv_string_map_get (metadata->annotations, metadata->n_annotations, ANNOTATION);
}

static JsonArray *
parse_annotation (BvVmi *vmi, JsonNode **root, GError **error)
{
  const char *text = get_annotation (vmi);
  g_autoptr (GError) cause = NULL;

  *root = bv_json_parse (text, &cause);
  if (*root != NULL && JSON_NODE_HOLDS_ARRAY (*root))
    return json_node_get_array (*root);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("The annotation %s is no list in JSON: %s. Correct it."), ANNOTATION,
               cause != NULL ? cause->message : _ ("it is something else"));
  return NULL;
}

/* A member that is an object, or NULL. */
static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* A member that is a text, or the empty text. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

static JsonObject *
get_sidecar (JsonArray *sidecars, guint i)
{
  JsonNode *node = json_array_get_element (sidecars, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

GStrv
bv_hook_list_config_maps (BvVmi *vmi)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  JsonArray *sidecars = get_annotation (vmi) != NULL ? parse_annotation (vmi, &root, NULL) : NULL;

  for (guint i = 0; sidecars != NULL && i < json_array_get_length (sidecars); i++)
    {
      JsonObject *sidecar = get_sidecar (sidecars, i);
      JsonObject *config_map = sidecar != NULL ? get_object (sidecar, "configMap") : NULL;

      if (config_map != NULL)
        g_strv_builder_add (names, get_text (config_map, "name"));
    }
  return g_strv_builder_end (names);
}

static BvHook *
refuse_sidecar (guint i, const char *reason, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED, _ ("Hook %u of the annotation %s %s"),
               i + 1, ANNOTATION, reason);
  return NULL;
}

static GBytes *
read_script (const BvVolumeWork *work, const char *name, const char *key, GError **error)
{
  const BvApiConfigMap *config_map =
      bv_volume_objects_get_record (work->objects, "ConfigMap", name, error);
  const char *text, *base64;
  gsize size;
  guchar *data;

  if (config_map == NULL)
    return NULL;
  text = bv_string_map_get (config_map->data, config_map->n_data, key);
  if (text != NULL)
    return g_bytes_new (text, strlen (text));
  base64 = bv_string_map_get (config_map->binary_data, config_map->n_binary_data, key);
  if (base64 == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The ConfigMap %s/%s has no key %s, which a hook names; add it."),
                   bv_object_get_namespace (BV_OBJECT (work->vmi)), name, key);
      return NULL;
    }
  data = g_base64_decode (base64, &size);
  return g_bytes_new_take (data, size);
}

static int
find_point (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    if (g_str_equal (points[i], name))
      return i;
  return -1;
}

static BvHook *
read_sidecar (const BvVolumeWork *work, JsonObject *sidecar, guint i, GError **error)
{
  JsonObject *config_map = sidecar != NULL ? get_object (sidecar, "configMap") : NULL;
  g_autofree char *base = NULL;
  g_autoptr (GBytes) script = NULL;
  const char *name, *key;
  BvHook *hook;
  int point;

  if (sidecar != NULL && get_text (sidecar, "image")[0] != '\0')
    return refuse_sidecar (i,
                           _ ("names an image: a host runs no sidecar containers. Put its program "
                              "into a ConfigMap as a script, or into the host's hooks.d."),
                           error);
  if (sidecar != NULL && json_object_has_member (sidecar, "pvc"))
    return refuse_sidecar (i, _ ("names a claim, which hooks do not get on a host."), error);
  if (config_map == NULL)
    return refuse_sidecar (i, _ ("has no configMap with its script."), error);
  name = get_text (config_map, "name");
  key = get_text (config_map, "key");
  base = g_path_get_basename (get_text (config_map, "hookPath"));
  point = find_point (base);
  if (point < 0)
    return refuse_sidecar (i,
                           _ ("has a hookPath that ends in neither /onDefineDomain nor "
                              "/preCloudInitIso, and would never be called."),
                           error);
  script = read_script (work, name, key, error);
  if (script == NULL)
    return NULL;
  hook = g_new0 (BvHook, 1);
  hook->name = g_strdup_printf ("%s (ConfigMap %s, %s)", base, name, key);
  hook->program = g_steal_pointer (&script);
  hook->points = 1 << point;
  return hook;
}

static gboolean
read_sidecars (const BvVolumeWork *work, GPtrArray *hooks, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  JsonArray *sidecars;

  if (get_annotation (work->vmi) == NULL)
    return TRUE;
  /* It may have been closed since the manifest was admitted. */
  if (!bv_policy_has_feature_gate (bv_config_get_policy (work->config), "Sidecar"))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The feature gate Sidecar is closed, and the manifest has hooks. Open it in "
                      "[features] of barevirt.conf, or take the annotation %s away."),
                   ANNOTATION);
      return FALSE;
    }
  sidecars = parse_annotation (work->vmi, &root, error);
  if (sidecars == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (sidecars); i++)
    {
      BvHook *hook = read_sidecar (work, get_sidecar (sidecars, i), i, error);

      if (hook == NULL)
        return FALSE;
      g_ptr_array_add (hooks, hook);
    }
  return TRUE;
}

/* Of the host. */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
check_owner (const char *path, const struct stat *info, GError **error)
{
  if (info->st_uid == 0 && (info->st_mode & (S_IWGRP | S_IWOTH)) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
               _ ("%s must belong to root, and be writable for root alone: it decides what guests "
                  "are started as. Change its owner and mode."),
               path);
  return FALSE;
}

/* The points that the name says; all where it says none. */
static guint
get_points (const char *name)
{
  guint all = 0, said = 0;

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      all |= 1 << i;
      if (strstr (name, points[i]) != NULL)
        said |= 1 << i;
    }
  return said != 0 ? said : all;
}

static gboolean
set_file_error (const char *path, const char *what, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The hook %s cannot be used: %s. Put the program itself there."), path, what);
  return FALSE;
}

/* It is read here: the user that it runs as need not be able to. */
static GBytes *
read_program (int fd, const char *path, gsize size, GError **error)
{
  g_autofree char *data = g_malloc (size);
  gsize filled = 0;

  while (filled < size)
    {
      gssize n = read (fd, data + filled, size - filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          set_file_error (path, n < 0 ? g_strerror (errno) : _ ("it was cut short"), error);
          return NULL;
        }
      filled += n;
    }
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

/* What is no executable is passed over. */
static gboolean
read_open_hook (int fd, const char *path, const char *name, GPtrArray *hooks, GError **error)
{
  g_autoptr (GBytes) program = NULL;
  struct stat info;
  BvHook *hook;

  if (fstat (fd, &info) != 0)
    return set_file_error (path, g_strerror (errno), error);
  if (!S_ISREG (info.st_mode) || (info.st_mode & S_IXUSR) == 0)
    return TRUE;
  if (info.st_size > LARGEST_PROGRAM)
    return set_file_error (path, _ ("it is larger than 16 MiB"), error);
  if (!check_owner (path, &info, error))
    return FALSE;
  program = read_program (fd, path, info.st_size, error);
  if (program == NULL)
    return FALSE;
  hook = g_new0 (BvHook, 1);
  hook->name = g_strdup (path);
  hook->program = g_steal_pointer (&program);
  hook->is_hosts = TRUE;
  hook->points = get_points (name);
  g_ptr_array_add (hooks, hook);
  return TRUE;
}

static gboolean
read_host_hook (const char *folder, const char *name, GPtrArray *hooks, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean good;

  if (fd < 0)
    return set_file_error (path, errno == ELOOP ? _ ("it is a link") : g_strerror (errno), error);
  good = read_open_hook (fd, path, name, hooks, error);
  close (fd);
  return good;
}

static gboolean
read_host_hooks (const char *folder, GPtrArray *hooks, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  struct stat info;

  if (stat (folder, &info) != 0)
    return TRUE;
  dir = g_dir_open (folder, 0, error);
  if (dir == NULL || !check_owner (folder, &info, error))
    return FALSE;
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    if (!read_host_hook (folder, g_ptr_array_index (names, i), hooks, error))
      return FALSE;
  return TRUE;
}

GPtrArray *
bv_hook_list_read (const BvVolumeWork *work, GError **error)
{
  g_autoptr (GPtrArray) hooks = g_ptr_array_new_with_free_func ((GDestroyNotify)hook_free);

  if (!read_sidecars (work, hooks, error) ||
      !read_host_hooks (bv_config_get_string (work->config, "hooks", "folder"), hooks, error))
    return NULL;
  return g_steal_pointer (&hooks);
}
