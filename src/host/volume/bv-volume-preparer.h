/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-host-facts.h"
#include "host/volume/bv-volume-objects.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Where a VMI's volumes are made, and of what. */
typedef struct
{
  BvVmi *vmi;
  const BvVolumeObjects *objects;
  const char *image_folder; /* below the run-time folder: what is in it may be secret */
  const char *disk_folder;  /* below the state folder: what is in it may be large */
  guint group;              /* QEMU's, or BV_NO_GROUP */
  GCancellable *cancellable;
} BvVolumeWork;

/* A kind of volume that is made for its VMI alone. */
typedef struct
{
  gsize offset; /* of its source in a BvApiVolume */
  const char *format;
  const char *suffix;
  /* The files of its ISO image, and the label where it is not the usual one ... */
  gboolean (*collect) (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                       const char **label, GError **error);
  /* ... or what makes its image. */
  gboolean (*make) (const BvVolumeWork *work, const BvApiVolume *volume, const char *path,
                    GError **error);
} BvVolumePreparer;

const BvVolumePreparer *bv_volume_preparer_find (const BvApiVolume *volume);
char *bv_volume_preparer_get_path (const BvVolumePreparer *self, const BvVolumeWork *work,
                                   const BvApiVolume *volume);

/* Makes the volume's image at that path. Blocks: for worker threads. */
gboolean bv_volume_preparer_run (const BvVolumePreparer *self, const BvVolumeWork *work,
                                 const BvApiVolume *volume, GError **error);

G_END_DECLS
