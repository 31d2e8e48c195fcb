/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-cloud-init-data.h"

G_BEGIN_DECLS

/* What the files of one kind of cloud-init volume are called. */
typedef struct
{
  const char *metadata;
  const char *user_data;
  const char *network_data;
} BvCloudInitNames;

typedef char *(*BvCloudInitMetadata) (const BvVolumeWork *work, GError **error);

/* Puts first-boot data, as hooks leave them, among FILES. */
gboolean bv_cloud_init_collect (const BvVolumeWork *work, const BvApiVolume *volume,
                                const BvCloudInitSource *source, BvCloudInitMetadata make_metadata,
                                const BvCloudInitNames *names, GPtrArray *files, GError **error);

G_END_DECLS
