/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-volumes.h"

G_BEGIN_DECLS

/* For bv-live-{disks,media,expansion}.c: the disks of a domain that runs. */

/* libvirt's names of the devices that have one in a manifest begin so. */
#define BV_LIVE_USER_ALIAS "ua-"
#define BV_LIVE_AND_CONFIG (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* The first <disk>; bv_xml_next_same () has the next. NULL: there is none. */
BvXml *bv_live_disk_first (BvXml *domain);
/* The manifest's name of a disk, or NULL for one that is none of the manifest's. */
const char *bv_live_disk_get_name (BvXml *disk);
/* The file or device that it shows, or NULL. */
const char *bv_live_disk_get_path (BvXml *disk);
BvXml *bv_live_disk_find (BvLiveChange *change, const char *name);

typedef enum
{
  BV_LIVE_VOLUME_FAILED,
  BV_LIVE_VOLUME_AWAITED, /* its claim is not there for it yet */
  BV_LIVE_VOLUME_READY,
} BvLiveReadiness;

/* Fills FACTS of a volume that is ready. */
BvLiveReadiness bv_live_disk_prepare (BvLiveChange *change, const BvApiVolume *volume,
                                      BvVolumeFacts *facts, GError **error);
/* Takes over what FACTS has. */
void bv_live_disk_keep_facts (BvLiveChange *change, const char *name, BvVolumeFacts *facts);
BvVolumeFacts *bv_live_disk_ensure_facts (BvLiveChange *change, const char *name);
void bv_live_disk_tell_ready (BvLiveChange *change, const char *name);

/* The media of CD-ROM drives. */
gboolean bv_live_media_apply (BvLiveChange *change, GError **error);

G_END_DECLS
