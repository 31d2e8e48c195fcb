/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-claim.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* The ConfigMaps, Secrets, ServiceAccounts and NetworkAttachmentDefinitions that a VMI names, as
 * they are when it starts. */
typedef struct _BvVolumeObjects BvVolumeObjects;

/* Returns the stored object, which the caller does not own, or NULL. */
typedef BvObject *(*BvObjectLookup) (const char *kind, const char *namespace, const char *name,
                                     gpointer user_data);

BvVolumeObjects *bv_volume_objects_new (BvVmi *vmi, BvObjectLookup lookup, gpointer user_data);
void bv_volume_objects_free (BvVolumeObjects *self);
BvObject *bv_volume_objects_find (const BvVolumeObjects *self, const char *kind, const char *name);

/* The claims among them, which are more than objects; CLAIM is taken. NULL: there is none, or it is
 * not ready. */
void bv_volume_objects_add_claim (BvVolumeObjects *self, const char *name, BvVolumeClaim *claim);
const BvVolumeClaim *bv_volume_objects_find_claim (const BvVolumeObjects *self, const char *name);

/* The record of one that must be there: its kind's, or NULL and an error. */
gconstpointer bv_volume_objects_get_record (const BvVolumeObjects *self, const char *kind,
                                            const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVolumeObjects, bv_volume_objects_free)

G_END_DECLS
