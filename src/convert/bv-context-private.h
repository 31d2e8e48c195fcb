/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-context.h"
#include "convert/bv-facts.h"

G_BEGIN_DECLS

BvFactsContext *bv_context_get_facts (BvContext *self);

G_END_DECLS
