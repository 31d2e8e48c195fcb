/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_MASQUERADE_INTERFACE (bv_masquerade_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvMasqueradeInterface, bv_masquerade_interface, BV, MASQUERADE_INTERFACE,
                      BvInterface)

G_END_DECLS
