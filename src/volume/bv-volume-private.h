/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-facts.h"
#include "convert/bv-xml.h"
#include "model/bv-api.h"
#include "model/bv-object.h"
#include "volume/bv-volume.h"

G_BEGIN_DECLS

/* Whether what the guest discards is given back, whatever its device is. */
typedef enum
{
  BV_VOLUME_DISCARD_DEVICE,  /* as the device says: disks and LUNs do */
  BV_VOLUME_DISCARD_STORAGE, /* where the storage can */
  BV_VOLUME_DISCARD_ALWAYS,
} BvVolumeDiscard;

/* Whether other hosts see the same data. */
typedef enum
{
  BV_VOLUME_SHARING_UNKNOWN,
  BV_VOLUME_SHARING_NONE,
  BV_VOLUME_SHARING_ALL,
} BvVolumeSharing;

/* What becomes of a volume's data when its VMI moves to another host. */
typedef enum
{
  BV_VOLUME_MIGRATION_SHARED, /* nothing: it is there already */
  BV_VOLUME_MIGRATION_COPIED,
  BV_VOLUME_MIGRATION_IMPOSSIBLE,
} BvVolumeMigration;

/* A class holds all that its kind of source decides. What it does, it does on the record and the
 * facts, so that a conversion makes no objects. */
struct _BvVolumeClass
{
  GObjectClass parent_class;

  const char *source; /* the manifest's name of it, containerDisk for one */
  const char *format; /* of what the guest's disk opens, where the facts do not tell */
  BvVolumeDiscard discard;
  gboolean overlay;      /* the guest writes to an image of its own over a read-only one */
  gboolean hotpluggable; /* can be plugged into a running guest */
  gboolean iso;          /* files that are put into an ISO image for the guest */
  gboolean read_only;    /* whatever the device says */
  gboolean bare_driver;  /* cache, I/O mode, queues and discard of the device do not apply */

  /* Fills in what the guest's <disk> opens. */
  gboolean (*fill_disk) (const BvVolumeClass *class, const BvApiVolume *record,
                         const BvFactsVolume *facts, BvXml *disk, BvXml *driver, GError **error);
  /* REASON, to be freed, says why it cannot migrate. */
  BvVolumeMigration (*get_migration) (const BvVolumeClass *class, const BvApiVolume *record,
                                      BvVolumeSharing sharing, char **reason);
  const char *(*get_claim_name) (const BvApiVolume *record); /* NULL where there is no claim */
};

BvVolume *bv_volume_new (BvObject *owner, const BvApiVolume *record);
const BvApiVolume *bv_volume_get_record (BvVolume *self);

const BvVolumeClass *bv_volume_class_of (const BvApiVolume *record);
gboolean bv_volume_class_fill_disk (const BvVolumeClass *class, const BvApiVolume *record,
                                    const BvFactsVolume *facts, BvXml *disk, BvXml *driver,
                                    GError **error);
gboolean bv_volume_class_discards (const BvVolumeClass *class, const BvFactsVolume *facts);
BvVolumeMigration bv_volume_class_get_migration (const BvVolumeClass *class,
                                                 const BvApiVolume *record, BvVolumeSharing sharing,
                                                 char **reason);

G_END_DECLS
