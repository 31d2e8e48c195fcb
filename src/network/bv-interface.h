/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "model/bv-vmi.h"
#include "network/bv-network.h"

G_BEGIN_DECLS

#define BV_TYPE_INTERFACE (bv_interface_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (BvInterface, bv_interface, BV, INTERFACE, GObject)

BV_AVAILABLE_IN_1_0
GListModel *bv_vmi_get_interfaces (BvVmi *vmi);

BV_AVAILABLE_IN_1_0
const char *bv_interface_get_name (BvInterface *self);
BV_AVAILABLE_IN_1_0
const char *bv_interface_get_model (BvInterface *self);
BV_AVAILABLE_IN_1_0
const char *bv_interface_get_binding (BvInterface *self);
BV_AVAILABLE_IN_1_0
const char *bv_interface_get_mac_address (BvInterface *self);
BV_AVAILABLE_IN_1_0
guint bv_interface_get_boot_order (BvInterface *self);
BV_AVAILABLE_IN_1_0
const char *bv_interface_get_state (BvInterface *self);
BV_AVAILABLE_IN_1_0
BvNetwork *bv_interface_get_network (BvInterface *self);
BV_AVAILABLE_IN_1_0
gboolean bv_interface_can_migrate (BvInterface *self);

G_END_DECLS
