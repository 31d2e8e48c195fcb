/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "host/bv-config.h"
#include "host/bv-host-facts.h"

G_BEGIN_DECLS

/* What memory of a guest that runs is plugged in by: one virtio-mem device that gives more or less,
 * or a DIMM for each time that it grows. */
gboolean bv_memory_device_is_dimm (const BvConfig *config, const BvHostFacts *facts);

/* Gives DOMAIN, which may grow, slots for DIMMs. */
void bv_memory_device_add_slots (GVirConfigDomain *domain);

G_END_DECLS
