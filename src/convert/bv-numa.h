/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-conversion.h"

G_BEGIN_DECLS

gboolean bv_numa_is_passed_through (const BvApiDomainSpec *spec);
gboolean bv_numa_map (BvConversion *conversion, const GArray *host_cpus, GError **error);

G_END_DECLS
