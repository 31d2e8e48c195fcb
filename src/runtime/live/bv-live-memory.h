/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Memory up to maxGuest, and down again to what the guest was started with. */
extern const BvLiveUpdater bv_live_memory;

G_END_DECLS
