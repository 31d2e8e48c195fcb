/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/hook/bv-hooks.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "bv-autocleanups.h"
#include "host/hook/bv-hook-domain.h"
#include "host/hook/bv-hook-sandbox.h"
#include "model/bv-error.h"
#include "model/bv-json.h"

/* What a hook answers; the empty text where it has nothing to say. */
static char *
call (const BvVolumeWork *work, const BvHook *hook, BvHookPoint point, const char *option,
      const char *value, GError **error)
{
  g_autofree char *vmi = bv_object_to_json (BV_OBJECT (work->vmi));
  const char *const arguments[] = { "--vmi", vmi, option, value, NULL };

  return bv_hook_sandbox_run (hook, point, work->config, arguments, work->cancellable, error);
}

static gboolean
is_empty (const char *answer)
{
  return answer[strspn (answer, " \t\r\n")] == '\0';
}

static gboolean
prefix_name (const BvHook *hook, GError **error)
{
  g_prefix_error (error, _ ("The hook %s is not followed: "), hook->name);
  return FALSE;
}

/* XML becomes what the hook makes of it. */
static gboolean
call_on_define_domain (const BvVolumeWork *work, const BvHook *hook, char **xml, GError **error)
{
  g_autofree char *answer = call (work, hook, BV_HOOK_ON_DEFINE_DOMAIN, "--domain", *xml, error);

  if (answer == NULL)
    return FALSE;
  if (is_empty (answer))
    return TRUE;
  if (!bv_hook_domain_check (*xml, answer, hook->is_hosts, error))
    return prefix_name (hook, error);
  g_free (*xml);
  *xml = g_steal_pointer (&answer);
  return TRUE;
}

GVirConfigDomain *
bv_hooks_define_domain (const BvVolumeWork *work, GVirConfigDomain *domain, GError **error)
{
  g_autoptr (GPtrArray) hooks = bv_hook_list_read (work, error);
  g_autofree char *xml = NULL;

  if (hooks == NULL)
    return NULL;
  if (hooks->len == 0)
    return g_object_ref (domain);
  xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  for (guint i = 0; i < hooks->len; i++)
    {
      const BvHook *hook = g_ptr_array_index (hooks, i);

      if (bv_hook_is_called_at (hook, BV_HOOK_ON_DEFINE_DOMAIN) &&
          !call_on_define_domain (work, hook, &xml, error))
        return NULL;
    }
  return gvir_config_domain_new_from_xml (xml, error);
}

/* Cloud-init data as KubeVirt writes it for its hooks. */

static char *
to_text (GBytes *bytes)
{
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  return g_strndup (size > 0 ? data : "", size);
}

static char *
encode (const BvApiVolume *volume, const BvCloudInitData *data, const char *metadata)
{
  gboolean no_cloud = volume->cloud_init_no_cloud != NULL;
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  JsonNode *none = json_node_new (JSON_NODE_NULL);
  g_autofree char *user = to_text (data->user_data);
  g_autofree char *network = to_text (data->network_data);

  json_node_take_object (root, object);
  json_object_set_string_member (object, "DataSource", no_cloud ? "noCloud" : "configDrive");
  json_object_set_member (object, no_cloud ? "NoCloudMetaData" : "ConfigDriveMetaData",
                          json_from_string (metadata, NULL));
  json_object_set_member (object, no_cloud ? "ConfigDriveMetaData" : "NoCloudMetaData", none);
  json_object_set_string_member (object, "UserData", user);
  json_object_set_string_member (object, "NetworkData", network);
  json_object_set_null_member (object, "DevicesData");
  json_object_set_string_member (object, "VolumeName", volume->name);
  return json_to_string (root, FALSE);
}

static void
take_text (JsonObject *object, const char *name, gboolean may_be_absent, GBytes **bytes)
{
  const char *text = json_object_get_string_member_with_default (object, name, "");

  g_clear_pointer (bytes, g_bytes_unref);
  if (text[0] != '\0' || !may_be_absent)
    *bytes = g_bytes_new (text, strlen (text));
}

static JsonObject *
parse (const char *answer, JsonNode **root, GError **error)
{
  g_autoptr (GError) cause = NULL;

  *root = bv_json_parse (answer, &cause);
  if (*root != NULL && JSON_NODE_HOLDS_OBJECT (*root))
    return json_node_get_object (*root);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("its answer is no JSON object: %s."),
               cause != NULL ? cause->message : _ ("it is something else"));
  return NULL;
}

/* As KubeVirt, also the old form is taken: userData and networkData of a NoCloud source. */
static gboolean
decode (const BvApiVolume *volume, const char *answer, BvCloudInitData *data, char **metadata,
        GError **error)
{
  const char *member =
      volume->cloud_init_no_cloud != NULL ? "NoCloudMetaData" : "ConfigDriveMetaData";
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object = parse (answer, &root, error);
  gboolean old;
  JsonNode *node;

  if (object == NULL)
    return FALSE;
  old =
      json_object_has_member (object, "userData") || json_object_has_member (object, "networkData");
  take_text (object, old ? "userData" : "UserData", FALSE, &data->user_data);
  take_text (object, old ? "networkData" : "NetworkData", TRUE, &data->network_data);
  node = json_object_get_member (object, member);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return TRUE;
  g_free (*metadata);
  *metadata = json_to_string (node, FALSE);
  return TRUE;
}

gboolean
bv_hooks_cloud_init (const BvVolumeWork *work, const BvApiVolume *volume, BvCloudInitData *data,
                     char **metadata, GError **error)
{
  g_autoptr (GPtrArray) hooks = bv_hook_list_read (work, error);

  for (guint i = 0; hooks != NULL && i < hooks->len; i++)
    {
      const BvHook *hook = g_ptr_array_index (hooks, i);
      g_autofree char *json = NULL;
      g_autofree char *answer = NULL;

      if (!bv_hook_is_called_at (hook, BV_HOOK_PRE_CLOUD_INIT_ISO))
        continue;
      json = encode (volume, data, *metadata);
      answer = call (work, hook, BV_HOOK_PRE_CLOUD_INIT_ISO, "--cloud-init", json, error);
      if (answer == NULL)
        return FALSE;
      if (!is_empty (answer) && !decode (volume, answer, data, metadata, error))
        return prefix_name (hook, error);
    }
  return hooks != NULL;
}
