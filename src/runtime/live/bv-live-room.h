/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

typedef gboolean (*BvLiveGrow) (BvLiveChange *change, gconstpointer data, GError **error);

/* Reserves of the host what the guest takes once it is as its VMI says, and DEVICES, those that it
 * is to get, or NULL; raises the limits of its control group to that, and calls GROW with DATA.
 * Where that fails, the reservation is what it was. */
gboolean bv_live_room_run (BvLiveChange *change, const BvApiDevices *devices, BvLiveGrow grow,
                           gconstpointer data, GError **error);

G_END_DECLS
