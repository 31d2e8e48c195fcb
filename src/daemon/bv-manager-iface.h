/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.Manager: the service as a whole. */
GDBusInterfaceSkeleton *bv_manager_iface_new (BvBus *bus);

G_END_DECLS
