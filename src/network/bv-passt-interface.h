/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_PASST_INTERFACE (bv_passt_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvPasstInterface, bv_passt_interface, BV, PASST_INTERFACE, BvInterface)

G_END_DECLS
