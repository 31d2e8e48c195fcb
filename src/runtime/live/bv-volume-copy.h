/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "host/volume/bv-volume-facts.h"

G_BEGIN_DECLS

/* A volume whose contents go to another claim while its guest runs (KubeVirt's volume migration).
 * It is on record from before the copy begins until the guest has the other claim, or until it is
 * certain that it keeps its own. */

typedef enum
{
  BV_VOLUME_COPY_WAITING, /* for its destination */
  BV_VOLUME_COPY_COPYING,
  BV_VOLUME_COPY_COPIED, /* the guest has the destination */
  BV_VOLUME_COPY_UNDONE, /* the guest keeps the source, and the template asks for another all the
                            same */
} BvVolumeCopyState;

typedef struct
{
  char *source; /* claims */
  char *destination;
  gboolean data_volume; /* the source is named as a DataVolume */
  BvVolumeCopyState state;
  gboolean cancelled; /* it is to be undone, or is */
  gboolean reverted;  /* by the template, which names the source again */

  /* Not stored. */
  char *obstacle;   /* why it does not begin, or NULL */
  gboolean awaited; /* QEMU was seen to copy it, and there is nothing to do but to wait */
  gboolean broken;  /* it broke off, and is tried again later */
  guint looks_left; /* until then */
} BvVolumeCopy;

void bv_volume_copy_free (BvVolumeCopy *self);
/* Whether the guest may have both claims. */
gboolean bv_volume_copy_is_active (const BvVolumeCopy *self);

/* Volume's name -> BvVolumeCopy. */
GHashTable *bv_volume_copies_new (void);
GHashTable *bv_volume_copies_copy (GHashTable *table);
BvVolumeCopy *bv_volume_copies_add (GHashTable *table, const char *name, const char *source,
                                    gboolean data_volume, const char *destination);
/* The one of NAME that is active, or NULL. */
BvVolumeCopy *bv_volume_copies_find_active (GHashTable *table, const char *name);
gboolean bv_volume_copies_any_active (GHashTable *table);
/* Whether an active one has CLAIM at one of its ends. */
gboolean bv_volume_copies_use (GHashTable *table, const char *claim);

void bv_volume_copies_write (GHashTable *table, JsonBuilder *builder);
void bv_volume_copies_read (GHashTable *table, JsonObject *object);

/* KubeVirt's migratedVolumes; FACTS: name -> BvVolumeFacts. */
GVariant *bv_volume_copies_to_variant (GHashTable *table, GHashTable *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVolumeCopy, bv_volume_copy_free)

G_END_DECLS
