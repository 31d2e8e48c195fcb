/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Volumes that get other claims, and what is in them copied (updateVolumesStrategy: Migration). */
extern const BvLiveUpdater bv_live_copies;

/* The template's part, in bv-live-copy-changes.c. */
gboolean bv_live_copies_carry (const BvLiveCarry *carry);
/* Whether VOLUME keeps its claim though the template has another for it, or none. */
gboolean bv_live_copies_keep (const BvLiveCarry *carry, const BvApiVolume *volume,
                              const BvApiVolume *wanted);
/* The claim of a volume that can be copied, or NULL. */
const char *bv_live_copies_get_claim (const BvApiVolume *volume);

G_END_DECLS
