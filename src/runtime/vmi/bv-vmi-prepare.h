/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/vmi/bv-vmi-work.h"

G_BEGIN_DECLS

/* What a start needs of its preparation. */
typedef struct
{
  char *xml;           /* of the domain */
  GHashTable *volumes; /* name -> BvVolumeFacts */
} BvVmiPrepared;

void bv_vmi_prepared_free (BvVmiPrepared *self);

/* The first half of a start: resolves the VMI's volumes and networks and makes its domain. It
 * touches nothing of the VMI's object. */
void bv_vmi_prepare_async (BvEnvironment *environment, BvVmi *vmi, const char *runtime_directory,
                           BvProgress *progress, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
void bv_vmi_prepare_work_async (BvEnvironment *environment, BvVmi *vmi, BvVmiWork *work,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
BvVmiPrepared *bv_vmi_prepare_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVmiPrepared, bv_vmi_prepared_free)

G_END_DECLS
