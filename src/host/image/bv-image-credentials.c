/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-credentials.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"
#include "model/bv-yaml-reader.h"

/* The two forms that Kubernetes knows. */
static const struct
{
  const char *type;
  const char *key;
  gboolean nested; /* below "auths" */
} forms[] = {
  { "kubernetes.io/dockerconfigjson", ".dockerconfigjson", TRUE },
  { "kubernetes.io/dockercfg", ".dockercfg", FALSE },
};

void
bv_image_credentials_free (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static gboolean
refuse (const BvApiSecret *secret, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The Secret %s has no credentials for registries in it. One of the type "
                  "kubernetes.io/dockerconfigjson is needed, as “kubectl create secret "
                  "docker-registry” makes it."),
               secret->metadata->name);
  return FALSE;
}

static void
add_registry (JsonBuilder *builder, const BvNode *registry)
{
  const char *auth = bv_node_get_text (registry, "auth");
  const char *user = bv_node_get_text (registry, "username");
  const char *password = bv_node_get_text (registry, "password");
  g_autofree char *made = NULL;

  if (auth == NULL && user != NULL && password != NULL)
    {
      g_autofree char *pair = g_strconcat (user, ":", password, NULL);

      auth = made = g_base64_encode ((const guchar *)pair, strlen (pair));
    }
  if (auth == NULL)
    return;
  json_builder_set_member_name (builder, registry->key);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "auth");
  json_builder_add_string_value (builder, auth);
  json_builder_end_object (builder);
}

static GBytes *
find_value (const BvApiSecret *secret, gboolean *nested)
{
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (g_strcmp0 (secret->type, forms[i].type) == 0)
      {
        *nested = forms[i].nested;
        return bv_secret_get_value (secret, forms[i].key);
      }
  return NULL;
}

static gboolean
add_secret (JsonBuilder *builder, const BvApiSecret *secret, GError **error)
{
  gboolean nested = FALSE;
  g_autoptr (GBytes) value = find_value (secret, &nested);
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (BvYamlReader) reader = NULL;
  const BvNode *list;
  BvNode *root = NULL;
  const char *text;
  gsize size;

  if (value == NULL)
    return refuse (secret, error);
  text = g_bytes_get_data (value, &size);
  reader = bv_yaml_reader_new (text, size);
  if (!bv_yaml_reader_next (reader, arena, &root) || root->kind != BV_NODE_MAP)
    return refuse (secret, error);
  list = nested ? bv_node_get (root, "auths") : root;
  if (list == NULL || list->kind != BV_NODE_MAP)
    return refuse (secret, error);
  for (const BvNode *registry = list->first; registry != NULL; registry = registry->next)
    if (registry->kind == BV_NODE_MAP)
      add_registry (builder, registry);
  return TRUE;
}

char *
bv_image_credentials_new (const BvApiSecret *secret, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "auths");
  json_builder_begin_object (builder);
  if (secret != NULL && !add_secret (builder, secret, error))
    return NULL;
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
