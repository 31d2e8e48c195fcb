/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-cloud-init-files.h"
#include "host/volume/bv-volume-kinds.h"

/* cloudInitNoCloud: cloud-init's NoCloud. It runs its first-boot parts again when the instance-id
 * changes, and so that is the firmware's UUID, which stays. */

#define LABEL "cidata"

static char *
make_metadata (const BvVolumeWork *work, GError **error)
{
  g_autoptr (GPtrArray) keys = bv_cloud_init_collect_keys (
      work, G_STRUCT_OFFSET (BvApiSSHPublicKeyAccessCredentialPropagationMethod, no_cloud), error);
  g_autofree char *host_name = bv_cloud_init_get_host_name (work->vmi);
  const BvStringPair pairs[] = {
    { "instance-type", bv_cloud_init_get_instance_type (work->vmi) },
    { "instance-id", bv_cloud_init_get_uuid (work->vmi) },
    { "local-hostname", host_name },
  };

  return keys != NULL ? bv_cloud_init_make_metadata (work, pairs, G_N_ELEMENTS (pairs), FALSE,
                                                     "public-keys", keys, error)
                      : NULL;
}

gboolean
bv_no_cloud_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                     const char **label, GError **error)
{
  const BvApiCloudInitNoCloudSource *record = volume->cloud_init_no_cloud;
  const BvCloudInitSource source = {
    record->user_data,    record->user_data_base64,    record->secret_ref,
    record->network_data, record->network_data_base64, record->network_data_secret_ref,
  };
  static const BvCloudInitNames names = { "meta-data", "user-data", "network-config" };

  *label = LABEL;
  return bv_cloud_init_collect (work, volume, &source, make_metadata, &names, files, error);
}
