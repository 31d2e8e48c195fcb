/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-storage-pool.h"

G_BEGIN_DECLS

/* A claim that a VMI names, as it is when the VMI starts. */
typedef struct
{
  BvPoolVolume *volume;
  GStrv access_modes;
  guint64 request;
  gboolean has_image; /* a DataVolume filled it */
} BvVolumeClaim;

void bv_volume_claim_free (BvVolumeClaim *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVolumeClaim, bv_volume_claim_free)

G_END_DECLS
