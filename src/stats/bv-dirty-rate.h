/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* Has QEMU measure, for a second, how fast the guests that run write to their memory; what it
 * found is among the figures that are read afterwards. Guests that are busy are left out. */
void bv_dirty_rate_measure_async (BvEnvironment *environment, GAsyncReadyCallback callback,
                                  gpointer user_data);
void bv_dirty_rate_measure_finish (GAsyncResult *result);

G_END_DECLS
