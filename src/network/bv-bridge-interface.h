/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_BRIDGE_INTERFACE (bv_bridge_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvBridgeInterface, bv_bridge_interface, BV, BRIDGE_INTERFACE, BvInterface)

G_END_DECLS
