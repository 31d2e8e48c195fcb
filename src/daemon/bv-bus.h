/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-authority.h"
#include "runtime/bv-controller.h"

G_BEGIN_DECLS

/* The service's objects on the bus.
 *
 * They are GDBusObjectSkeletons below a GDBusObjectManagerServer. That costs some 19 KiB for a VMI
 * with five devices; in exchange reads never leave GDBus, and what is told of changes cannot differ
 * from what is read. */
#define BV_TYPE_BUS (bv_bus_get_type ())

G_DECLARE_FINAL_TYPE (BvBus, bv_bus, BV, BUS, GObject)

BvBus *bv_bus_new (BvController *controller, BvAuthority *authority);
void bv_bus_set_connection (BvBus *self, GDBusConnection *connection);
BvController *bv_bus_get_controller (BvBus *self);
BvAuthority *bv_bus_get_authority (BvBus *self);

void bv_bus_export (BvBus *self, GDBusObjectSkeleton *object);
void bv_bus_unexport (BvBus *self, GDBusObjectSkeleton *object);

char *bv_bus_get_entry_path (BvEntry *entry);
const char *bv_bus_export_job (BvBus *self, BvJob *job);

/* Changes of INTERFACE's properties are told before the next reply, or when the service is idle. */
void bv_bus_touch (BvBus *self, GDBusInterfaceSkeleton *interface);
void bv_bus_flush (BvBus *self);

G_END_DECLS
