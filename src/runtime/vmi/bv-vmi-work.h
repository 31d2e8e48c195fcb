/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* All that a worker thread gets to know of a VMI; it is taken in the main loop, and nothing of it
 * changes afterwards. */
typedef struct _BvVmiWork BvVmiWork;

BvVmiWork *bv_vmi_work_new (BvEnvironment *environment, BvVmi *vmi, const char *runtime_directory,
                            BvProgress *progress, GCancellable *cancellable);
BvVmiWork *bv_vmi_work_new_for_owner (BvEnvironment *environment, BvVmi *vmi, const char *owner,
                                      const char *runtime_directory, BvProgress *progress,
                                      GCancellable *cancellable);
/* CLAIM, which is taken, is none of those that are stored, or takes the place of one. */
void bv_vmi_work_add_claim (BvVmiWork *self, const char *name, BvVolumeClaim *claim);
/* Adds a claim that the VMI does not name, where it has a volume. */
void bv_vmi_work_look_up_claim (BvVmiWork *self, const char *name);
void bv_vmi_work_free (BvVmiWork *self);
const BvVolumeWork *bv_vmi_work_get (const BvVmiWork *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVmiWork, bv_vmi_work_free)

G_END_DECLS
