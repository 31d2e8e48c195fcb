/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.Receiver of the service; BUS owns it. */
GDBusInterfaceSkeleton *bv_receiver_iface_new (BvBus *bus);

G_END_DECLS
