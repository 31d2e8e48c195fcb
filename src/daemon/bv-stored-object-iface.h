/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.Object of an entry. */
GDBusInterfaceSkeleton *bv_stored_object_iface_new (BvBus *bus, BvEntry *entry);

G_END_DECLS
