/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "model/bv-object.h"
#include "volume/bv-disk.h"

G_BEGIN_DECLS

/* What disks, CD-ROM drives and LUNs have in common. */
typedef struct
{
  const char *device; /* disk, cdrom or lun, which are libvirt's words too */
  const char *bus;
  gboolean read_only;
} BvDiskTarget;

BvDisk *bv_disk_new (BvObject *owner, const BvApiDisk *record);
BvDiskTarget bv_disk_target_of (const BvApiDisk *record);

G_END_DECLS
