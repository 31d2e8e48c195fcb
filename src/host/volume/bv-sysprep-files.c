/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"

/* sysprep: answer files for the setup of Windows. */

#define LABEL "unattendCD"

static gboolean
check_answers (GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      const BvVolumeFile *file = g_ptr_array_index (files, i);

      if (g_ascii_strcasecmp (file->path, "autounattend.xml") == 0 ||
          g_ascii_strcasecmp (file->path, "unattend.xml") == 0)
        return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("Windows finds no answers: neither autounattend.xml nor unattend.xml is there. "
                  "Add one to the ConfigMap or Secret."));
  return FALSE;
}

gboolean
bv_sysprep_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                    const char **label, GError **error)
{
  const BvApiLocalObjectReference *map_name = volume->sysprep->config_map;
  const BvApiLocalObjectReference *secret_name = volume->sysprep->secret;
  gconstpointer record;

  *label = LABEL;
  if (map_name != NULL)
    {
      record = bv_volume_objects_get_record (work->objects, "ConfigMap", map_name->name, error);
      if (record == NULL || !bv_config_map_add_files (record, files, error))
        return FALSE;
    }
  if (secret_name != NULL)
    {
      record = bv_volume_objects_get_record (work->objects, "Secret", secret_name->name, error);
      if (record == NULL || !bv_secret_add_files (record, files, error))
        return FALSE;
    }
  return check_answers (files, error);
}
