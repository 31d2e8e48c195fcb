/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_OLD_PASST_INTERFACE (bv_old_passt_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvOldPasstInterface, bv_old_passt_interface, BV, OLD_PASST_INTERFACE,
                      BvInterface)

G_END_DECLS
