/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* One stored object on the bus: its interfaces, which come and go with the facts, and the objects
 * below it. */
#define BV_TYPE_EXPORT (bv_export_get_type ())

G_DECLARE_FINAL_TYPE (BvExport, bv_export, BV, EXPORT, GObject)

BvExport *bv_export_new (BvBus *bus, BvEntry *entry);
void bv_export_withdraw (BvExport *self);

G_END_DECLS
