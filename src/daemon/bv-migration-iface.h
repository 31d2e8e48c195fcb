/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.Migration of a stored VirtualMachineInstanceMigration. */
GDBusInterfaceSkeleton *bv_migration_iface_new (BvBus *bus, BvEntry *entry);

GVariant *bv_migration_iface_make_state (BvEntry *entry);

G_END_DECLS
