/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"

G_BEGIN_DECLS

/* The addresses at which a guest can be reached, as its agent tells them: neither the loopback's
 * nor those of a link alone; IPv4 before IPv6, in the order of the interfaces. */
GStrv bv_guest_addresses_new (const BvGuestInfo *info);

G_END_DECLS
