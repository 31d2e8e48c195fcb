/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-cni-config.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-json.h"

#define RESOURCE_ANNOTATION "k8s.v1.cni.cncf.io/resourceName"
#define LAST_VLAN 4094
#define LEAST_MTU 68
#define LAST_MTU 65535

void
bv_cni_config_free (BvCniConfig *self)
{
  g_free (self->type);
  g_free (self->bridge);
  g_free (self->master);
  g_free (self->resource);
  g_free (self);
}

static char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return g_strdup (json_node_get_string (node));
}

static gboolean
get_number (JsonObject *object, const char *name, gint64 least, gint64 most, guint *number,
            GError **error)
{
  JsonNode *node = json_object_get_member (object, name);
  gint64 value = 0;

  *number = 0;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    value = json_node_get_int (node);
  else
    value = -1;
  if (value == 0 || (value >= least && value <= most))
    {
      *number = (guint)value;
      return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("its “%s” must be a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "."),
               name, least, most);
  return FALSE;
}

/* A list of plugins has the main one first. */
static JsonObject *
find_main (JsonObject *config)
{
  JsonNode *plugins = json_object_get_member (config, "plugins");
  JsonArray *list =
      plugins != NULL && JSON_NODE_HOLDS_ARRAY (plugins) ? json_node_get_array (plugins) : NULL;

  if (list == NULL)
    return config;
  return json_array_get_length (list) > 0 &&
                 JSON_NODE_HOLDS_OBJECT (json_array_get_element (list, 0))
             ? json_array_get_object_element (list, 0)
             : NULL;
}

static gboolean
get_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static gboolean
read_main (BvCniConfig *self, JsonObject *config, GError **error)
{
  self->type = get_text (config, "type");
  if (self->type == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("it says no type."));
      return FALSE;
    }
  self->bridge = get_text (config, "bridge");
  self->master = get_text (config, "master");
  self->guards_mac = get_boolean (config, "macspoofchk");
  return get_number (config, "vlan", 1, LAST_VLAN, &self->vlan, error) &&
         get_number (config, "mtu", LEAST_MTU, LAST_MTU, &self->mtu, error);
}

/* Admission has looked at it, but it may have been replaced since. */
BvCniConfig *
bv_cni_config_new (const BvApiNetworkAttachmentDefinition *definition, GError **error)
{
  const BvApiObjectMeta *metadata = definition->metadata;
  const char *text = definition->spec != NULL ? definition->spec->config : NULL;
  g_autoptr (JsonNode) root = text != NULL ? bv_json_parse (text, error) : NULL;
  g_autoptr (BvCniConfig) self = g_new0 (BvCniConfig, 1);
  JsonObject *config;

  if (root == NULL && error != NULL && *error != NULL)
    return NULL;
  config = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? find_main (json_node_get_object (root))
                                                         : NULL;
  if (config == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("it has no configuration."));
      return NULL;
    }
  if (!read_main (self, config, error))
    return NULL;
  self->resource = g_strdup (
      bv_string_map_get (metadata->annotations, metadata->n_annotations, RESOURCE_ANNOTATION));
  return g_steal_pointer (&self);
}
