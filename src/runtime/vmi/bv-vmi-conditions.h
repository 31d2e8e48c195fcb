/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-conditions.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* Sets those conditions of a VMI that tell of its domain; DOMAIN is NULL where there is none.
 * PAUSED_BY_USER is what was asked for last, and outlives what libvirt remembers. Returns whether
 * any changed. */
gboolean bv_vmi_conditions_update (BvConditions *conditions, const BvDomainInfo *domain,
                                   gboolean paused_by_user);

G_END_DECLS
