/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* First-boot data of either kind of cloud-init volume; both have the same fields. */
typedef struct
{
  const char *user_data;
  const char *user_data_base64;
  const BvApiLocalObjectReference *user_secret;
  const char *network_data;
  const char *network_data_base64;
  const BvApiLocalObjectReference *network_secret;
} BvCloudInitSource;

typedef struct
{
  GBytes *user_data;    /* empty where there is none */
  GBytes *network_data; /* NULL where there is none */
} BvCloudInitData;

gboolean bv_cloud_init_data_read (BvCloudInitData *self, const BvCloudInitSource *source,
                                  const BvVolumeWork *work, GError **error);
void bv_cloud_init_data_clear (BvCloudInitData *self);

/* The SSH keys that go with data for PROPAGATION, the offset of its field in the method's record;
 * NULL on error. */
GPtrArray *bv_cloud_init_collect_keys (const BvVolumeWork *work, gsize propagation, GError **error);

/* The guest's metadata as JSON: PAIRS of a name and a value, NULL values left out, the addresses of
 * tagged devices where WORK knows the domain and the guest looks for them, and the keys. */
char *bv_cloud_init_make_metadata (const BvVolumeWork *work, const BvStringPair *pairs,
                                   guint n_pairs, gboolean with_devices, const char *keys_name,
                                   GPtrArray *keys, GError **error);

char *bv_cloud_init_get_host_name (BvVmi *vmi);
const char *bv_cloud_init_get_instance_type (BvVmi *vmi);
const char *bv_cloud_init_get_uuid (BvVmi *vmi);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvCloudInitData, bv_cloud_init_data_clear)

G_END_DECLS
