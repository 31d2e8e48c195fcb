/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-agent.h"

G_BEGIN_DECLS

/**
 * BvGuestClock:
 *
 * Has an agent set its guest's clock, which stood still while the guest was paused. An agent that
 * is not there or does not answer is asked again for a minute.
 */
#define BV_TYPE_GUEST_CLOCK (bv_guest_clock_get_type ())
G_DECLARE_FINAL_TYPE (BvGuestClock, bv_guest_clock, BV, GUEST_CLOCK, GObject)

BvGuestClock *bv_guest_clock_new (BvGuestAgent *agent);
void bv_guest_clock_set (BvGuestClock *self);
void bv_guest_clock_stop (BvGuestClock *self);

G_END_DECLS
