/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-authority.h"
#include "daemon/bv-call-order.h"
#include "daemon/bv-caller-limits.h"
#include "runtime/controller/bv-controller.h"

G_BEGIN_DECLS

/* The service's objects on the bus: each stored object, what is below it, and the jobs. */
#define BV_TYPE_BUS (bv_bus_get_type ())

G_DECLARE_FINAL_TYPE (BvBus, bv_bus, BV, BUS, GObject)

BvBus *bv_bus_new (BvController *controller, BvAuthority *authority);
void bv_bus_set_connection (BvBus *self, GDBusConnection *connection);
BvController *bv_bus_get_controller (BvBus *self);
BvAuthority *bv_bus_get_authority (BvBus *self);
BvCallerLimits *bv_bus_get_limits (BvBus *self);
BvCallOrder *bv_bus_get_order (BvBus *self);

void bv_bus_export (BvBus *self, GDBusObjectSkeleton *object);
void bv_bus_unexport (BvBus *self, GDBusObjectSkeleton *object);

char *bv_bus_get_entry_path (BvEntry *entry);
const char *bv_bus_export_job (BvBus *self, BvJob *job);

/* Tells all changes that are not told yet; else they are when the main loop comes round. */
void bv_bus_flush (BvBus *self);

G_END_DECLS
