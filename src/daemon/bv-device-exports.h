/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* The disks, volumes and interfaces of a VMI, as objects below PATH; each follows the VMI. */
GPtrArray *bv_device_exports_new (BvBus *bus, BvEntry *entry, const char *path);

/* Lets OBJECTS, which are on the bus, follow what was plugged in and out. */
void bv_device_exports_update (GPtrArray *objects, BvBus *bus, BvEntry *entry, const char *path);

G_END_DECLS
