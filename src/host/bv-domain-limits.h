/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "convert/bv-context.h"
#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "host/schedule/bv-guest-needs.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* Adds to DOMAIN what a cluster leaves to the pod around it: how much CPU time and memory it may
 * use, which CPUs the emulator may run on, and realtime. CONTEXT is what it was converted with. */
void bv_domain_limits_add (GVirConfigDomain *domain, BvVmi *vmi, BvContext *context,
                           const BvHostFacts *facts, const BvConfig *config);

/* What that is in numbers; 0 KiB: no limit. */
guint64 bv_domain_limits_get_shares (const BvGuestNeeds *needs, const BvHostFacts *facts);
guint64 bv_domain_limits_get_memory_kib (const BvGuestNeeds *needs);

G_END_DECLS
