/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_SRIOV_INTERFACE (bv_sriov_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvSriovInterface, bv_sriov_interface, BV, SRIOV_INTERFACE, BvInterface)

G_END_DECLS
