/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"

G_BEGIN_DECLS

#define BV_TYPE_VIRTUAL_MACHINE (bv_virtual_machine_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvVirtualMachine, bv_virtual_machine, BV, VIRTUAL_MACHINE, BvObject)

BV_AVAILABLE_IN_1_0
const char *bv_virtual_machine_get_run_strategy (BvVirtualMachine *self);
BV_AVAILABLE_IN_1_0
BvVmi *bv_virtual_machine_create_vmi (BvVirtualMachine *self);

G_END_DECLS
