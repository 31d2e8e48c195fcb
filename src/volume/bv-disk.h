/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_DISK (bv_disk_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvDisk, bv_disk, BV, DISK, GObject)

BV_AVAILABLE_IN_1_0
const char *bv_disk_get_name (BvDisk *self);
BV_AVAILABLE_IN_1_0
const char *bv_disk_get_device (BvDisk *self);
BV_AVAILABLE_IN_1_0
const char *bv_disk_get_bus (BvDisk *self);
BV_AVAILABLE_IN_1_0
guint bv_disk_get_boot_order (BvDisk *self);
BV_AVAILABLE_IN_1_0
gboolean bv_disk_get_read_only (BvDisk *self);
BV_AVAILABLE_IN_1_0
const char *bv_disk_get_serial (BvDisk *self);

G_END_DECLS
