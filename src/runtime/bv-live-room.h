/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-live-update.h"

G_BEGIN_DECLS

typedef gboolean (*BvLiveGrow) (BvLiveChange *change, const BvDomainSize *size, GError **error);

/* Reserves of the host what the guest, whose domain has SIZE, takes once it is as its VMI says,
 * raises the limits of its control group to that, and calls GROW; where that fails, the reservation
 * is what it was. */
gboolean bv_live_room_run (BvLiveChange *change, const BvDomainSize *size, BvLiveGrow grow,
                           GError **error);

G_END_DECLS
