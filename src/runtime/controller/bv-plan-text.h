/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-manifest.h"

G_BEGIN_DECLS

/* One object of a text. */
typedef struct
{
  BvObject *object; /* admitted */
  BvObject *given;  /* as it came */
  char *applied;    /* likewise, as JSON */
} BvPlanTextItem;

/* A text, read and judged by itself: all of a plan that takes long, and knows nothing of what is
 * stored. For any thread. */
typedef struct
{
  GPtrArray *items;  /* of BvPlanTextItem */
  GPtrArray *causes; /* of BvCause, in the order of the text */
} BvPlanText;

BvPlanText *bv_plan_text_new (BvPolicy *policy, const char *text, const char *file,
                              BvManifestFlags flags);
void bv_plan_text_free (BvPlanText *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPlanText, bv_plan_text_free)

G_END_DECLS
