/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

GDBusInterfaceSkeleton *bv_data_volume_iface_new (BvBus *bus, BvEntry *entry);

G_END_DECLS
