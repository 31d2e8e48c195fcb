/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-kinds.h"
#include "admit/bv-text-rules.h"
#include "model/bv-json.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A NetworkAttachmentDefinition: its CNI configuration must be of a type that a host can do. */

#define CONFIG "spec.config"
#define LONGEST_LINK_NAME 15

static const char *const types[] = { "bridge", "cnv-bridge", "macvtap", "sriov", NULL };

static void
refuse (BvAdmission *self, const char *message)
{
  bv_admission_refuse (self, BV_REASON_INVALID, CONFIG, "%s", message);
}

/* The text of a member, or NULL; FALSE where it is something else. */
static gboolean
get_text (JsonObject *object, const char *name, const char **text)
{
  JsonNode *node = json_object_get_member (object, name);

  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  *text = json_node_get_string (node);
  return TRUE;
}

static gboolean
is_link_name (const char *name)
{
  return name[0] != '\0' && strlen (name) <= LONGEST_LINK_NAME && !g_str_equal (name, ".") &&
         !g_str_equal (name, "..") && strpbrk (name, "/: \t\n") == NULL;
}

/* The members that name a device of the host. */
static void
admit_links (BvAdmission *self, JsonObject *config)
{
  static const char *const names[] = { "bridge", "master" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *link;

      if (!get_text (config, names[i], &link) || (link != NULL && !is_link_name (link)))
        bv_admission_refuse (self, BV_REASON_INVALID, CONFIG,
                             _ ("The member “%s” must be the name of a network device, of at most "
                                "%d characters."),
                             names[i], LONGEST_LINK_NAME);
    }
}

static void
admit_config (BvAdmission *self, JsonObject *config)
{
  const char *type;

  if (!get_text (config, "type", &type) || !bv_text_is_given (type))
    {
      refuse (self, _ ("The CNI configuration has no type; write \"type\": \"bridge\", "
                       "\"macvtap\" or \"sriov\" into it."));
      return;
    }
  bv_admission_one_of (self, BV_REASON_NOT_SUPPORTED, CONFIG, type, types);
  admit_links (self, config);
}

/* A list of plug-ins has the main one first. */
static void
admit_plugins (BvAdmission *self, JsonNode *plugins)
{
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (plugins) ? json_node_get_array (plugins) : NULL;

  if (list == NULL || json_array_get_length (list) == 0 ||
      !JSON_NODE_HOLDS_OBJECT (json_array_get_element (list, 0)))
    refuse (self, _ ("The list of plugins has no configuration in it; write the network's own as "
                     "its first."));
  else
    admit_config (self, json_array_get_object_element (list, 0));
}

static void
admit_json (BvAdmission *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = bv_json_parse (text, &error);

  if (error != NULL)
    {
      bv_admission_refuse (self, BV_REASON_INVALID, CONFIG,
                           _ ("The configuration is not JSON: %s."), error->message);
      return;
    }
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    refuse (self, _ ("The configuration is no JSON object; write it in braces."));
  else if (json_object_has_member (json_node_get_object (root), "plugins"))
    admit_plugins (self, json_object_get_member (json_node_get_object (root), "plugins"));
  else
    admit_config (self, json_node_get_object (root));
}

void
bv_admit_network_definition (BvAdmission *self, gconstpointer record)
{
  const BvApiNetworkAttachmentDefinition *definition = record;
  const BvApiNetworkAttachmentDefinitionSpec *spec = definition->spec;

  if (spec != NULL && bv_text_is_given (spec->config))
    admit_json (self, spec->config);
  else if ((spec != NULL && spec->config != NULL) || !bv_admission_is_written (self, CONFIG))
    bv_admission_refuse (self, BV_REASON_REQUIRED, CONFIG,
                         _ ("The network has no configuration; write one for CNI as JSON, such as "
                            "{\"type\": \"bridge\", \"bridge\": \"br0\"}."));
}
