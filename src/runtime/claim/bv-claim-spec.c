/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-claim-spec.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "model/bv-manifest.h"
#include "model/bv-record.h"

guint64
bv_claim_spec_get_request (const BvApiPersistentVolumeClaimSpec *spec)
{
  const BvQuantity *size =
      spec->resources != NULL
          ? bv_quantity_map_get (spec->resources->requests, spec->resources->n_requests, "storage")
          : NULL;

  return size != NULL ? MAX (bv_quantity_value (size), 0) : 0;
}

gboolean
bv_claim_spec_is_block (const BvApiPersistentVolumeClaimSpec *spec)
{
  return g_strcmp0 (spec->volume_mode, "Block") == 0;
}

gboolean
bv_claim_spec_has_mode (const BvApiPersistentVolumeClaimSpec *spec, const char *mode)
{
  for (guint i = 0; i < spec->n_access_modes; i++)
    if (g_str_equal (spec->access_modes[i], mode))
      return TRUE;
  return FALSE;
}

const char *
bv_claim_spec_find_fault (const BvApiPersistentVolumeClaimSpec *spec)
{
  if (spec->volume_name != NULL)
    return _ ("A claim cannot take a volume that is there already; leave out volumeName.");
  if (spec->selector != NULL)
    return _ ("A claim cannot select among volumes that are there already; leave out selector.");
  if (spec->data_source != NULL || spec->data_source_ref != NULL)
    return _ ("A claim of a host is not filled from dataSource; use a DataVolume, whose source may "
              "be another claim.");
  return NULL;
}

/* Whether they differ in anything but the size. */
static gboolean
differ (const BvApiPersistentVolumeClaimSpec *before, const BvApiPersistentVolumeClaimSpec *after)
{
  BvApiPersistentVolumeClaimSpec left = *before;
  BvApiPersistentVolumeClaimSpec right = *after;

  left.resources = right.resources = NULL;
  return !bv_record_equal (&bv_api_persistent_volume_claim_spec_type, &left, &right);
}

char *
bv_claim_spec_find_change_fault (const BvApiPersistentVolumeClaimSpec *before,
                                 const BvApiPersistentVolumeClaimSpec *after)
{
  if (differ (before, after))
    return g_strdup (_ ("Of a claim only resources.requests.storage can be changed."));
  if (bv_claim_spec_get_request (after) < bv_claim_spec_get_request (before))
    return g_strdup (_ ("A claim cannot shrink. Ask for at least as much as before."));
  return NULL;
}

/* Objects that are made of others, by way of JSON. */

static BvObject *
parse (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *json = json_to_string (node, FALSE);
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "made", BV_MANIFEST_NONE);

  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static JsonObject *
to_json (BvObject *object, JsonNode **root)
{
  g_autofree char *json = bv_object_to_json (object);

  *root = json_from_string (json, NULL);
  return json_node_get_object (*root);
}

/* NAME of FROM, as a new object; an empty one where there is none. */
static JsonObject *
copy_object (JsonObject *from, const char *name)
{
  JsonObject *copy = json_object_new ();
  JsonObject *original =
      json_object_has_member (from, name) ? json_object_get_object_member (from, name) : NULL;
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  if (original == NULL)
    return copy;
  json_object_iter_init (&iter, original);
  while (json_object_iter_next (&iter, &member, &node))
    json_object_set_member (copy, member, json_node_copy (node));
  return copy;
}

/* Name, namespace, labels and annotations. */
static JsonObject *
copy_metadata (JsonObject *from, const char *namespace)
{
  static const char *const dropped[] = { "uid", "ownerReferences", "generation", "finalizers" };
  JsonObject *metadata = copy_object (from, "metadata");

  for (gsize i = 0; i < G_N_ELEMENTS (dropped); i++)
    if (json_object_has_member (metadata, dropped[i]))
      json_object_remove_member (metadata, dropped[i]);
  json_object_set_string_member (metadata, "namespace", namespace);
  return metadata;
}

static JsonObject *
make_claim_spec (JsonObject *data_volume_spec)
{
  gboolean given = json_object_has_member (data_volume_spec, "pvc");
  JsonObject *spec = copy_object (data_volume_spec, given ? "pvc" : "storage");
  const char *mode = json_object_get_string_member_with_default (spec, "volumeMode", "");
  JsonArray *modes;

  /* What the pool has is found when it is looked at. */
  if (g_str_equal (mode, "FromStorageProfile"))
    json_object_remove_member (spec, "volumeMode");
  if (!json_object_has_member (spec, "accessModes"))
    {
      modes = json_array_new ();
      json_array_add_string_element (modes, "ReadWriteOnce");
      json_object_set_array_member (spec, "accessModes", modes);
    }
  return spec;
}

BvObject *
bv_claim_spec_make_claim (BvObject *data_volume)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *from = to_json (data_volume, &root);
  g_autoptr (JsonObject) claim = json_object_new ();

  json_object_set_string_member (claim, "apiVersion", "v1");
  json_object_set_string_member (claim, "kind", "PersistentVolumeClaim");
  json_object_set_object_member (claim, "metadata",
                                 copy_metadata (from, bv_object_get_namespace (data_volume)));
  json_object_set_object_member (claim, "spec",
                                 make_claim_spec (json_object_get_object_member (from, "spec")));
  return parse (claim);
}

BvObject *
bv_claim_spec_make_data_volume (BvObject *vm, guint index)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *from = json_object_get_object_member (to_json (vm, &root), "spec");
  JsonObject *template = json_array_get_object_element (
      json_object_get_array_member (from, "dataVolumeTemplates"), index);
  g_autoptr (JsonObject) volume = json_object_new ();

  json_object_set_string_member (volume, "apiVersion", "cdi.kubevirt.io/v1beta1");
  json_object_set_string_member (volume, "kind", "DataVolume");
  json_object_set_object_member (volume, "metadata",
                                 copy_metadata (template, bv_object_get_namespace (vm)));
  json_object_set_object_member (volume, "spec", copy_object (template, "spec"));
  return parse (volume);
}

const char *
bv_claim_spec_find_claim (const BvApiVolume *volume, gboolean *writes)
{
  *writes = TRUE;
  if (volume->data_volume != NULL)
    return volume->data_volume->name;
  if (volume->persistent_volume_claim != NULL)
    {
      *writes = !volume->persistent_volume_claim->read_only;
      return volume->persistent_volume_claim->claim_name;
    }
  if (volume->ephemeral != NULL && volume->ephemeral->persistent_volume_claim != NULL)
    {
      *writes = FALSE;
      return volume->ephemeral->persistent_volume_claim->claim_name;
    }
  return NULL;
}
