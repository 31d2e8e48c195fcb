/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-networks.h"

G_BEGIN_DECLS

/* Keeps the packet filter's rules for guests there: a reload of the host's own removes them, as
 * does whoever flushes the whole ruleset. */
#define BV_TYPE_NETWORK_KEEPER (bv_network_keeper_get_type ())

G_DECLARE_FINAL_TYPE (BvNetworkKeeper, bv_network_keeper, BV, NETWORK_KEEPER, GObject)

/* WORKERS is borrowed, and outlives it. */
BvNetworkKeeper *bv_network_keeper_new (BvNetworks *networks, GThreadPool *workers);

G_END_DECLS
