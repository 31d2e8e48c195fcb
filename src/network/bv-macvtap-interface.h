/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_MACVTAP_INTERFACE (bv_macvtap_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvMacvtapInterface, bv_macvtap_interface, BV, MACVTAP_INTERFACE, BvInterface)

G_END_DECLS
