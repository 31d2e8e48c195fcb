/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-cloud-init-files.h"
#include "host/volume/bv-volume-kinds.h"

/* cloudInitConfigDrive: a config drive as OpenStack has it. */

#define LABEL "config-2"
#define FOLDER "openstack/latest/"

static char *
make_metadata (const BvVolumeWork *work, GError **error)
{
  g_autoptr (GPtrArray) keys = bv_cloud_init_collect_keys (
      work, G_STRUCT_OFFSET (BvApiSSHPublicKeyAccessCredentialPropagationMethod, config_drive),
      error);
  g_autofree char *host_name = bv_cloud_init_get_host_name (work->vmi);
  BvObject *object = BV_OBJECT (work->vmi);
  g_autofree char *id =
      g_strdup_printf ("%s.%s", bv_object_get_name (object), bv_object_get_namespace (object));
  const BvStringPair pairs[] = {
    { "instance_type", bv_cloud_init_get_instance_type (work->vmi) },
    { "instance_id", id },
    { "hostname", host_name },
    { "uuid", bv_cloud_init_get_uuid (work->vmi) },
  };

  return keys != NULL ? bv_cloud_init_make_metadata (work, pairs, G_N_ELEMENTS (pairs), TRUE,
                                                     "public_keys", keys, error)
                      : NULL;
}

gboolean
bv_config_drive_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                         const char **label, GError **error)
{
  const BvApiCloudInitConfigDriveSource *record = volume->cloud_init_config_drive;
  const BvCloudInitSource source = {
    record->user_data,    record->user_data_base64,    record->secret_ref,
    record->network_data, record->network_data_base64, record->network_data_secret_ref,
  };
  static const BvCloudInitNames names = { FOLDER "meta_data.json", FOLDER "user_data",
                                          FOLDER "network_data.json" };

  *label = LABEL;
  return bv_cloud_init_collect (work, volume, &source, make_metadata, &names, files, error);
}
