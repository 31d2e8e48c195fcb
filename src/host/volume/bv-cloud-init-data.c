/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-cloud-init-data.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "host/volume/bv-device-tags.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

#define LONGEST_HOST_NAME 63

static const char *const user_keys[] = { "userdata", "userData", NULL };
static const char *const network_keys[] = { "networkdata", "networkData", NULL };

static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

static GBytes *
read_secret (const BvVolumeWork *work, const char *name, const char *const *keys, GError **error)
{
  const BvApiSecret *secret = bv_volume_objects_get_record (work->objects, "Secret", name, error);
  GBytes *value = NULL;

  for (guint i = 0; secret != NULL && value == NULL && keys[i] != NULL; i++)
    value = bv_secret_get_value (secret, keys[i]);
  if (secret != NULL && value == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The Secret %s/%s has no key %s; add it."),
                 bv_object_get_namespace (BV_OBJECT (work->vmi)), name, keys[0]);
  return value;
}

/* One part in whichever form it has; FALSE on error. */
static gboolean
read_part (const BvVolumeWork *work, const char *text, const char *base64,
           const BvApiLocalObjectReference *secret, const char *const *keys, GBytes **part,
           GError **error)
{
  gsize size;
  guchar *data;

  if (is_given (text))
    *part = g_bytes_new (text, strlen (text));
  else if (is_given (base64))
    {
      data = g_base64_decode (base64, &size);
      *part = g_bytes_new_take (data, size);
    }
  else if (secret != NULL && is_given (secret->name))
    {
      *part = read_secret (work, secret->name, keys, error);
      return *part != NULL;
    }
  return TRUE;
}

gboolean
bv_cloud_init_data_read (BvCloudInitData *self, const BvCloudInitSource *source,
                         const BvVolumeWork *work, GError **error)
{
  if (!read_part (work, source->user_data, source->user_data_base64, source->user_secret, user_keys,
                  &self->user_data, error) ||
      !read_part (work, source->network_data, source->network_data_base64, source->network_secret,
                  network_keys, &self->network_data, error))
    return FALSE;
  if (self->user_data == NULL)
    self->user_data = g_bytes_new (NULL, 0);
  return TRUE;
}

void
bv_cloud_init_data_clear (BvCloudInitData *self)
{
  g_clear_pointer (&self->user_data, g_bytes_unref);
  g_clear_pointer (&self->network_data, g_bytes_unref);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_names (GPtrArray *names, const BvStringPair *pairs, guint n_pairs)
{
  for (guint i = 0; i < n_pairs; i++)
    if (!g_ptr_array_find_with_equal_func (names, pairs[i].key, g_str_equal, NULL))
      g_ptr_array_add (names, (gpointer)pairs[i].key);
}

/* By the names of the secret's keys, as KubeVirt reads them from a folder. */
static void
add_keys (const BvApiSecret *secret, GPtrArray *keys)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  add_names (names, secret->data, secret->n_data);
  add_names (names, secret->string_data, secret->n_string_data);
  g_ptr_array_sort (names, compare_texts);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GBytes) value = bv_secret_get_value (secret, g_ptr_array_index (names, i));
      gsize size;
      const char *data = g_bytes_get_data (value, &size);

      if (size > 0)
        g_ptr_array_add (keys, g_utf8_make_valid (data, size));
    }
}

GPtrArray *
bv_cloud_init_collect_keys (const BvVolumeWork *work, gsize propagation, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < spec->n_access_credentials; i++)
    {
      const BvApiSSHPublicKeyAccessCredential *credential =
          spec->access_credentials[i]->ssh_public_key;
      const BvApiSecret *secret;

      if (credential == NULL || credential->propagation_method == NULL ||
          G_STRUCT_MEMBER (gconstpointer, credential->propagation_method, propagation) == NULL ||
          credential->source == NULL || credential->source->secret == NULL ||
          !is_given (credential->source->secret->secret_name))
        continue;
      secret = bv_volume_objects_get_record (work->objects, "Secret",
                                             credential->source->secret->secret_name, error);
      if (secret == NULL)
        return NULL;
      add_keys (secret, keys);
    }
  return g_steal_pointer (&keys);
}

static void
write_keys (JsonBuilder *builder, const char *name, GPtrArray *keys)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      json_builder_set_member_name (builder, number);
      json_builder_add_string_value (builder, g_ptr_array_index (keys, i));
    }
  json_builder_end_object (builder);
}

char *
bv_cloud_init_make_metadata (const BvVolumeWork *work, const BvStringPair *pairs, guint n_pairs,
                             gboolean with_devices, const char *keys_name, GPtrArray *keys,
                             GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  for (guint i = 0; i < n_pairs; i++)
    if (is_given (pairs[i].value))
      {
        json_builder_set_member_name (builder, pairs[i].key);
        json_builder_add_string_value (builder, pairs[i].value);
      }
  if (with_devices && work->domain_xml != NULL &&
      !bv_device_tags_write (work->vmi, work->domain_xml, builder, error))
    return NULL;
  if (keys->len > 0)
    write_keys (builder, keys_name, keys);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

char *
bv_cloud_init_get_host_name (BvVmi *vmi)
{
  const char *name = bv_object_get_name (BV_OBJECT (vmi));
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;

  if (is_given (spec->hostname))
    return g_strdup (spec->hostname);
  return g_strndup (name, MIN (strcspn (name, "."), LONGEST_HOST_NAME));
}

const char *
bv_cloud_init_get_instance_type (BvVmi *vmi)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (vmi)->metadata;
  const char *cluster = bv_string_map_get (metadata->annotations, metadata->n_annotations,
                                           "kubevirt.io/cluster-instancetype-name");

  return is_given (cluster) ? cluster
                            : bv_string_map_get (metadata->annotations, metadata->n_annotations,
                                                 "kubevirt.io/instancetype-name");
}

/* Admission has filled it in. */
const char *
bv_cloud_init_get_uuid (BvVmi *vmi)
{
  const BvApiFirmware *firmware = bv_vmi_get_record (vmi)->spec->domain->firmware;

  return firmware != NULL ? firmware->uuid : NULL;
}
