/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

const BvQuantity *bv_resources_get_request (const BvApiDomainSpec *domain, const char *name);
const BvQuantity *bv_resources_get_limit (const BvApiDomainSpec *domain, const char *name);

G_END_DECLS
