/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* How each kind is prepared; see BvVolumePreparer. */
gboolean bv_no_cloud_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                              const char **label, GError **error);
gboolean bv_config_drive_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                                  GPtrArray *files, const char **label, GError **error);
gboolean bv_config_map_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                                GPtrArray *files, const char **label, GError **error);
gboolean bv_secret_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                            const char **label, GError **error);
gboolean bv_sysprep_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                             const char **label, GError **error);
gboolean bv_downward_api_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                                  GPtrArray *files, const char **label, GError **error);
gboolean bv_service_account_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                                     GPtrArray *files, const char **label, GError **error);
gboolean bv_data_volume_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                 BvVolumeFacts *facts, GError **error);
gboolean bv_persistent_volume_claim_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                             BvVolumeFacts *facts, GError **error);
gboolean bv_ephemeral_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                               BvVolumeFacts *facts, GError **error);
gboolean bv_empty_disk_make (const BvVolumeWork *work, const BvApiVolume *volume, const char *path,
                             GError **error);

gboolean bv_host_disk_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                               BvVolumeFacts *facts, GError **error);
gboolean bv_host_disk_check_size (const BvVolumeWork *work, const BvApiVolume *volume,
                                  GError **error);
gboolean bv_container_disk_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                    BvVolumeFacts *facts, GError **error);

/* The same, where a guest mounts them. */
gboolean bv_shared_claim_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                  BvVolumeFacts *facts, GError **error);
gboolean bv_shared_host_folder_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                                        BvVolumeFacts *facts, GError **error);

/* The folder of a claim that a guest mounts, which is made; NULL on error. */
char *bv_claim_prepare_folder (const BvVolumeWork *work, const char *name, BvVolumeFacts *facts,
                               GError **error);

/* What a ConfigMap or a Secret holds, as the files of a volume. */
gboolean bv_config_map_add_files (const BvApiConfigMap *map, GPtrArray *files, GError **error);
gboolean bv_secret_add_files (const BvApiSecret *secret, GPtrArray *files, GError **error);
GBytes *bv_secret_get_value (const BvApiSecret *secret, const char *key);

G_END_DECLS
