/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-cause.h"
#include "model/bv-object.h"

G_BEGIN_DECLS

BV_AVAILABLE_IN_1_0
GPtrArray *bv_object_admit (BvObject *self, BvPolicy *policy);

G_END_DECLS
