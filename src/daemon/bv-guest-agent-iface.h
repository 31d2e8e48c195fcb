/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-agent.h"
#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.GuestAgent of a VMI whose agent answers. */
GDBusInterfaceSkeleton *bv_guest_agent_iface_new (BvBus *bus, BvEntry *entry, BvGuestAgent *agent);

G_END_DECLS
