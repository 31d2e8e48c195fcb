/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* A volume that a guest is to be given, or to give back: KubeVirt's addvolume and removevolume.
 * Pure: they change a spec, and a guest that runs follows it. */
typedef struct
{
  const char *name;
  const char *claim;    /* NULL: called as the volume */
  gboolean data_volume; /* the claim is named by its DataVolume */
  const char *type;     /* disk or lun; NULL: disk */
  const char *bus;      /* virtio or scsi; NULL: scsi */
  const char *serial;   /* NULL: none */
  const char *cache;    /* NULL: as the storage suggests */
} BvVolumeRequest;

/* SPEC's memory is ARENA's. An empty CD-ROM drive of the name gets the claim as its medium. */
gboolean bv_volume_request_add (const BvVolumeRequest *self, BvApiVirtualMachineInstanceSpec *spec,
                                BvArena *arena, GError **error);
/* NAME is the volume's or its claim's. A CD-ROM drive stays, empty. */
gboolean bv_volume_request_remove (const char *name, BvApiVirtualMachineInstanceSpec *spec,
                                   GError **error);

/* Whether two templates of manifests have the same volumes and disks. What was added or taken away
 * by requests since the first of them was applied stays so then. */
gboolean bv_volume_request_is_same (const BvApiVirtualMachineInstanceSpec *a,
                                    const BvApiVirtualMachineInstanceSpec *b);

/* SPEC gets what was added by requests between WAS and NOW, and loses what was taken away. */
void bv_volume_request_follow (BvApiVirtualMachineInstanceSpec *spec,
                               const BvApiVirtualMachineInstanceSpec *was,
                               const BvApiVirtualMachineInstanceSpec *now, BvArena *arena);

/* SPEC gets the volumes and disks of OTHER. */
void bv_volume_request_take_over (BvApiVirtualMachineInstanceSpec *spec,
                                  const BvApiVirtualMachineInstanceSpec *other, BvArena *arena);

G_END_DECLS
