/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "network/bv-network.h"

G_BEGIN_DECLS

BvNetwork *bv_network_new (BvVmi *vmi, const BvApiNetwork *record);
const BvApiNetwork *bv_network_find_record (const BvApiVirtualMachineInstanceSpec *spec,
                                            const char *name);

G_END_DECLS
