/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-progress.h"
#include "host/pool/bv-storage-pool.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What is written to a new volume. Holes stay holes, and the volume is as large afterwards as it
 * was made. All of these call libvirt, and block. */
typedef struct
{
  const BvPoolVolume *target;
  const char *path;           /* a raw image, or NULL ... */
  const BvPoolVolume *source; /* ... or another volume, or NULL: zeros */
  BvProgress *progress;
  const char *step;
} BvTransfer;

gboolean bv_volume_transfer_run (virConnectPtr handle, const BvTransfer *transfer,
                                 GCancellable *cancellable, GError **error);

G_END_DECLS
