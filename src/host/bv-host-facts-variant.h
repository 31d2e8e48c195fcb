/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-host-facts.h"

G_BEGIN_DECLS

/* What the Manager's property HostFacts tells; floating. */
GVariant *bv_host_facts_to_variant (const BvHostFacts *facts, const BvConfig *config);

G_END_DECLS
