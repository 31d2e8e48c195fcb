/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object.h"

G_BEGIN_DECLS

#define BV_TYPE_VMI (bv_vmi_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvVmi, bv_vmi, BV, VMI, BvObject)

BV_AVAILABLE_IN_1_0
BvVmi *bv_vmi_new (const char *name);

G_END_DECLS
