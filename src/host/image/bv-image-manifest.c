/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-manifest.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "model/bv-yaml-reader.h"

#define MOST_LAYERS 1024

static void
bv_image_blob_free (BvImageBlob *self)
{
  g_free (self->digest);
  g_free (self);
}

void
bv_image_manifest_free (BvImageManifest *self)
{
  g_free (self->instance);
  g_clear_pointer (&self->layers, g_ptr_array_unref);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE, message);
  return FALSE;
}

/* JSON is YAML, but for tabs between its tokens, and our reader of YAML bears whatever it is given.
 */
static const BvNode *
read_json (const char *text, BvArena *arena, GError **error)
{
  g_autofree char *plain = g_strdelimit (g_strdup (text), "\t", ' ');
  g_autoptr (BvYamlReader) reader = bv_yaml_reader_new (plain, strlen (plain));
  BvNode *node = NULL;

  if (bv_yaml_reader_next (reader, arena, &node) && node->kind == BV_NODE_MAP &&
      bv_yaml_reader_get_problems (reader)->len == 0)
    return node;
  refuse (error, _ ("What describes it is no valid JSON."));
  return NULL;
}

static gboolean
is_digest (const char *text)
{
  return text != NULL &&
         g_regex_match_simple ("^sha256:[0-9a-f]{64}$", text, G_REGEX_DOLLAR_ENDONLY, 0);
}

static gboolean
add_layer (BvImageManifest *self, const BvNode *node, GError **error)
{
  const char *digest = bv_node_get_text (node, "digest");
  const BvNode *size_node = bv_node_get (node, "size");
  BvImageBlob *blob;
  gint64 size;

  if (!is_digest (digest) || size_node == NULL || size_node->kind != BV_NODE_INTEGER ||
      !bv_node_get_integer (size_node, &size) || size < 0)
    return refuse (error, _ ("One of its layers has no valid digest and size."));
  blob = g_new0 (BvImageBlob, 1);
  blob->digest = g_strdup (digest);
  blob->size = size;
  g_ptr_array_add (self->layers, blob);
  return TRUE;
}

static gboolean
read_layers (BvImageManifest *self, const BvNode *layers, GError **error)
{
  self->layers = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_image_blob_free);
  if (layers->n_children > MOST_LAYERS)
    return refuse (error, _ ("It has more layers than any image needs."));
  for (const BvNode *layer = layers->first; layer != NULL; layer = layer->next)
    if (!add_layer (self, layer, error))
      return FALSE;
  return TRUE;
}

static gboolean
choose_instance (BvImageManifest *self, const BvNode *manifests, const char *architecture,
                 GError **error)
{
  for (const BvNode *node = manifests->first; node != NULL; node = node->next)
    {
      const BvNode *platform = bv_node_get (node, "platform");
      const char *digest = bv_node_get_text (node, "digest");

      if (platform == NULL || !is_digest (digest) ||
          g_strcmp0 (bv_node_get_text (platform, "os"), "linux") != 0 ||
          g_strcmp0 (bv_node_get_text (platform, "architecture"), architecture) != 0)
        continue;
      self->instance = g_strdup (digest);
      return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE,
               _ ("It is there for other architectures only, not for linux/%s."), architecture);
  return FALSE;
}

BvImageManifest *
bv_image_manifest_new (const char *text, const char *architecture, GError **error)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (BvImageManifest) self = g_new0 (BvImageManifest, 1);
  const BvNode *root = read_json (text, arena, error);
  const BvNode *layers = root != NULL ? bv_node_get (root, "layers") : NULL;
  const BvNode *manifests = root != NULL ? bv_node_get (root, "manifests") : NULL;
  gboolean good = FALSE;

  if (root == NULL)
    return NULL;
  if (layers != NULL && layers->kind == BV_NODE_LIST)
    good = read_layers (self, layers, error);
  else if (manifests != NULL && manifests->kind == BV_NODE_LIST)
    good = choose_instance (self, manifests, architecture, error);
  else
    refuse (error, _ ("It is of a kind that is not known: neither an OCI image nor one of Docker's "
                      "schema 2."));
  return good ? g_steal_pointer (&self) : NULL;
}

guint64
bv_image_manifest_get_size (const BvImageManifest *self)
{
  guint64 size = 0;

  for (guint i = 0; i < self->layers->len; i++)
    {
      const BvImageBlob *blob = g_ptr_array_index (self->layers, i);

      if (!g_uint64_checked_add (&size, size, blob->size))
        return G_MAXUINT64;
    }
  return size;
}

char *
bv_image_manifest_read_index (const char *text, GError **error)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  const BvNode *root = read_json (text, arena, error);
  const BvNode *manifests = root != NULL ? bv_node_get (root, "manifests") : NULL;
  const char *digest = NULL;

  if (root == NULL)
    return NULL;
  if (manifests != NULL && manifests->n_children == 1)
    digest = bv_node_get_text (manifests->first, "digest");
  if (is_digest (digest))
    return g_strdup (digest);
  refuse (error, _ ("skopeo made something else of it than one image."));
  return NULL;
}

char *
bv_image_manifest_compute_digest (const char *text)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strconcat ("sha256:", sum, NULL);
}
