/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-kinds.h"

/* secret: the files of a Secret. */

/* NULL where there is no such key; stringData wins, as in Kubernetes. */
GBytes *
bv_secret_get_value (const BvApiSecret *secret, const char *key)
{
  const char *text = bv_string_map_get (secret->string_data, secret->n_string_data, key);
  const char *base64 = bv_string_map_get (secret->data, secret->n_data, key);
  gsize size;
  guchar *data;

  if (text != NULL)
    return g_bytes_new (text, strlen (text));
  if (base64 == NULL)
    return NULL;
  data = g_base64_decode (base64, &size);
  return g_bytes_new_take (data, size);
}

gboolean
bv_secret_add_files (const BvApiSecret *secret, GPtrArray *files, GError **error)
{
  for (guint i = 0; i < secret->n_data; i++)
    {
      const char *key = secret->data[i].key;
      g_autoptr (GBytes) contents = bv_secret_get_value (secret, key);

      if (!bv_volume_files_add (files, key, contents, 0644, error))
        return FALSE;
    }
  for (guint i = 0; i < secret->n_string_data; i++)
    {
      const BvStringPair *pair = &secret->string_data[i];

      if (bv_string_map_get (secret->data, secret->n_data, pair->key) == NULL &&
          !bv_volume_files_add_text (files, pair->key, pair->value, 0644, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_secret_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                   const char **label, GError **error)
{
  const BvApiSecretVolumeSource *source = volume->secret;
  const BvApiSecret *secret;

  *label = source->volume_label;
  if (source->optional &&
      bv_volume_objects_find (work->objects, "Secret", source->secret_name) == NULL)
    return TRUE;
  secret = bv_volume_objects_get_record (work->objects, "Secret", source->secret_name, error);
  return secret != NULL && bv_secret_add_files (secret, files, error);
}
