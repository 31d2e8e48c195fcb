/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-cloud-init-files.h"

#include "host/hook/bv-hooks.h"
#include "host/volume/bv-volume-files.h"

#define MODE 0600

gboolean
bv_cloud_init_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                       const BvCloudInitSource *source, BvCloudInitMetadata make_metadata,
                       const BvCloudInitNames *names, GPtrArray *files, GError **error)
{
  g_auto (BvCloudInitData) data = { 0 };
  g_autofree char *metadata = NULL;

  if (!bv_cloud_init_data_read (&data, source, work, error))
    return FALSE;
  metadata = make_metadata (work, error);
  return metadata != NULL && bv_hooks_cloud_init (work, volume, &data, &metadata, error) &&
         bv_volume_files_add_text (files, names->metadata, metadata, MODE, error) &&
         bv_volume_files_add (files, names->user_data, data.user_data, MODE, error) &&
         (data.network_data == NULL ||
          bv_volume_files_add (files, names->network_data, data.network_data, MODE, error));
}
