/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "host/bv-libvirt-caller.h"
#include "host/bv-progress.h"
#include "host/image/bv-image-store.h"
#include "host/network/bv-networks.h"
#include "host/schedule/bv-reservations.h"
#include "host/volume/bv-volume-facts.h"
#include "host/volume/bv-volume-objects.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* Where a VMI's volumes are made, and of what. Nothing of it changes while the worker thread runs
 * that prepares them. */
typedef struct
{
  BvVmi *vmi;
  const char *uid;         /* of the VMI */
  const char *lasting_uid; /* of what outlives it: its VM, or itself where it has none */
  const BvVolumeObjects *objects;
  const BvConfig *config;
  const BvHostFacts *facts;
  const BvLibvirtCaller *libvirt; /* NULL in a dry run */
  BvImageStore *images;           /* NULL in a dry run */
  BvReservations *reservations;   /* NULL in a dry run: the host is the guest's alone */
  BvProgress *progress;           /* NULL: nobody looks at it */
  const char *runtime_directory;  /* the VMI's own: QEMU makes its sockets there */
  const char *state_directory;    /* the service's */
  const char *image_folder;       /* below the run-time folder: what is in it may be secret */
  const char *disk_folder;        /* below the state folder: what is in it may be large */
  const char *domain_xml;         /* of the domain once it is defined, or NULL */
  guint group;                    /* QEMU's, or BV_NO_GROUP */
  gboolean dry_run;               /* nothing is made, and no file looked at */
  GCancellable *cancellable;
  BvNetworks *networks;
  gboolean running; /* the guest runs, and what it uses is only to be known again */
} BvVolumeWork;

/* What of the VMI shows the volume to the guest. */
typedef enum
{
  BV_VOLUME_USE_DISK,
  BV_VOLUME_USE_FILESYSTEM,
} BvVolumeUse;

/* A kind of volume. It has one of collect, make and prepare. */
typedef struct
{
  gsize offset;    /* of its source in a BvApiVolume */
  BvVolumeUse use; /* the same source may be prepared otherwise for a filesystem */

  /* An image that is the VMI's alone: the files of an ISO image, and its label where it is not the
   * usual one; or what makes the image at PATH. */
  const char *format;
  const char *suffix;
  gboolean (*collect) (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                       const char **label, GError **error);
  gboolean (*make) (const BvVolumeWork *work, const BvApiVolume *volume, const char *path,
                    GError **error);

  /* Any other volume: fills in FACTS, in a dry run those that can be told without looking. */
  gboolean (*prepare) (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                       GError **error);

  /* Whether there is room for it, asked for all volumes before the first is prepared; NULL: it
   * takes none that is worth asking for. */
  gboolean (*check_size) (const BvVolumeWork *work, const BvApiVolume *volume, GError **error);

  /* Takes back what is not in the VMI's folders, which go by themselves; NULL: nothing. It runs
   * when the VMI is at its end, or its start was cancelled, perhaps twice, perhaps though nothing
   * was prepared. */
  gboolean (*clean_up) (const BvVolumeWork *work, const BvApiVolume *volume, GError **error);
} BvVolumePreparer;

const BvVolumePreparer *bv_volume_preparer_find (const BvApiVolume *volume, BvVolumeUse use);
char *bv_volume_preparer_get_path (const BvVolumePreparer *self, const BvVolumeWork *work,
                                   const BvApiVolume *volume);

/* Prepares the volume and tells what it is now. Blocks: for worker threads. */
gboolean bv_volume_preparer_run (const BvVolumePreparer *self, const BvVolumeWork *work,
                                 const BvApiVolume *volume, BvVolumeFacts *facts, GError **error);

G_END_DECLS
