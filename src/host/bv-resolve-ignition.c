/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-resolve-private.h"

#include <string.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-vmi-private.h"

/* First-boot data that the guest's firmware hands to Ignition: a file that QEMU reads as it starts.
 * They may hold secrets. */

#define ANNOTATION "kubevirt.io/ignitiondata"
#define NAME "data.ign"

static gboolean
write_data (const BvVolumeWork *work, const char *data, const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = bv_volume_files_new ();
  g_autofree char *staging = NULL;
  g_autofree char *made = NULL;
  gboolean good;

  if (!bv_volume_files_add_text (files, NAME, data, 0600, error) ||
      !bv_volume_folder_make (work->image_folder, work->group, error))
    return FALSE;
  staging = bv_volume_folder_make_staging (work->image_folder, NAME, error);
  if (staging == NULL)
    return FALSE;
  made = g_build_filename (staging, NAME, NULL);
  good = bv_volume_files_write (files, staging, error) &&
         bv_volume_folder_publish (made, path, work->group != BV_NO_GROUP ? 0640 : 0600,
                                   work->group, error);
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}

gboolean
bv_resolve_ignition (BvResolver *self, GError **error)
{
  const BvVolumeWork *work = self->work;
  const BvApiObjectMeta *metadata = bv_vmi_get_record (work->vmi)->metadata;
  const char *data = bv_string_map_get (metadata->annotations, metadata->n_annotations, ANNOTATION);
  g_autofree char *path = NULL;

  if (data == NULL)
    return TRUE;
  path = g_build_filename (work->image_folder, NAME, NULL);
  bv_resolver_add_string (self, "ignitionFile", path);
  return work->dry_run || write_data (work, data, path, error);
}
