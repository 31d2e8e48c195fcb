/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-kinds.h"

/* configMap: the files of a ConfigMap. */

static GBytes *
decode (const char *base64)
{
  gsize size;
  guchar *data = g_base64_decode (base64, &size);

  return g_bytes_new_take (data, size);
}

gboolean
bv_config_map_add_files (const BvApiConfigMap *map, GPtrArray *files, GError **error)
{
  for (guint i = 0; i < map->n_data; i++)
    if (!bv_volume_files_add_text (files, map->data[i].key, map->data[i].value, 0644, error))
      return FALSE;
  for (guint i = 0; i < map->n_binary_data; i++)
    {
      g_autoptr (GBytes) contents = decode (map->binary_data[i].value);

      if (!bv_volume_files_add (files, map->binary_data[i].key, contents, 0644, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_config_map_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                       const char **label, GError **error)
{
  const BvApiConfigMapVolumeSource *source = volume->config_map;
  const BvApiConfigMap *map;

  *label = source->volume_label;
  if (source->optional && bv_volume_objects_find (work->objects, "ConfigMap", source->name) == NULL)
    return TRUE;
  map = bv_volume_objects_get_record (work->objects, "ConfigMap", source->name, error);
  return map != NULL && bv_config_map_add_files (map, files, error);
}
