/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "runtime/controller/bv-plan-text.h"
#include "runtime/store/bv-registry.h"
#include "runtime/vmi/bv-vmi-runtime.h"

G_BEGIN_DECLS

typedef enum
{
  BV_CHANGE_CREATED,
  BV_CHANGE_CHANGED,
  BV_CHANGE_UNCHANGED,
} BvChange;

/* What is to become of one object of a manifest. */
typedef struct
{
  BvObject *object;  /* admitted */
  BvObject *given;   /* as it came */
  char *applied;     /* likewise, as JSON */
  BvEntry *existing; /* NULL for a new one */
  BvChange change;
  BvVmiRuntime *guest; /* of the existing one, where it runs; or NULL */
  BvPolicy *policy;
  char *refusal; /* why the existing one cannot become so, or NULL */
} BvPlanItem;

/* What applying a text would do, object by object, and what is wrong with the text. Touches
 * nothing. */
typedef struct
{
  GPtrArray *causes;   /* of BvCause, in the order of the text: what is wrong with it by itself */
  GPtrArray *refusals; /* of BvCause: what cannot be, as things stand */
  GPtrArray *items;    /* of BvPlanItem */
} BvPlan;

BvPlan *bv_plan_new (BvRegistry *registry, BvPolicy *policy, BvPlanText *text);
void bv_plan_free (BvPlan *self);
gboolean bv_plan_check (BvPlan *self, GError **error);
gboolean bv_plan_check_text (BvPlan *self, GError **error);
GPtrArray *bv_plan_item_list_changes (const BvPlanItem *self);
const char *bv_change_to_string (BvChange change);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPlan, bv_plan_free)

G_END_DECLS
