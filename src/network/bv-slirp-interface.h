/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_SLIRP_INTERFACE (bv_slirp_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvSlirpInterface, bv_slirp_interface, BV, SLIRP_INTERFACE, BvInterface)

G_END_DECLS
