/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/pool/bv-storage-pool.h"

G_BEGIN_DECLS

/* The checksum of all blocks that are not zero, and where they are. Where data end and holes begin,
 * and what follows the last of them, makes no difference. */
typedef struct _BvVolumeDigest BvVolumeDigest;

BvVolumeDigest *bv_volume_digest_new (void);
void bv_volume_digest_free (BvVolumeDigest *self);
void bv_volume_digest_add (BvVolumeDigest *self, gconstpointer data, gsize size);
void bv_volume_digest_skip (BvVolumeDigest *self, guint64 size);
char *bv_volume_digest_end (BvVolumeDigest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVolumeDigest, bv_volume_digest_free)

/* Both block, and return NULL on error. */
char *bv_volume_digest_of_file (const char *path, GCancellable *cancellable, GError **error);
char *bv_volume_digest_of_volume (virConnectPtr handle, const BvPoolVolume *volume,
                                  GCancellable *cancellable, GError **error);

G_END_DECLS
