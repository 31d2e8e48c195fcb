/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* A folder that a guest gets as a filesystem. */
typedef struct
{
  const char *name;   /* of the volume */
  const char *folder; /* on the host */
  const char *socket; /* on which QEMU finds the daemon */
  gboolean read_only;
} BvVirtiofsShare;

/* Starts a virtiofsd for SHARE, which lasts as long as the VMI. Its socket listens when this
 * returns. Blocks: for worker threads. */
gboolean bv_virtiofs_daemon_start (const BvVolumeWork *work, const BvVirtiofsShare *share,
                                   GError **error);

G_END_DECLS
