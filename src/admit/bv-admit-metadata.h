/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "model/bv-cause-list.h"

G_BEGIN_DECLS

void bv_admit_names (BvCauseList *causes, const BvApiObjectMeta *metadata);
void bv_admit_domain_name (BvCauseList *causes, const BvApiObjectMeta *metadata);

G_END_DECLS
