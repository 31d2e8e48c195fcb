/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"

G_BEGIN_DECLS

/* What a cluster's administrator sets for manifests that do not say, in the order of the table. */
typedef enum
{
  BV_POLICY_DEFAULT_CPU_MODEL,
  BV_POLICY_DEFAULT_CPU_REQUEST,
  BV_POLICY_DEFAULT_EVICTION_STRATEGY,
  BV_POLICY_DEFAULT_INTERFACE_BINDING,
  BV_POLICY_DEFAULT_MACHINE_TYPE,
  BV_POLICY_DEFAULT_MAX_CPU_SOCKETS,
  BV_POLICY_DEFAULT_MAX_GUEST,
  BV_POLICY_DEFAULT_MAX_HOTPLUG_RATIO,
  BV_POLICY_DEFAULT_VM_ROLLOUT_STRATEGY,
  BV_POLICY_N_DEFAULTS,
} BvPolicyDefault;

int bv_policy_default_find (const char *name);
const char *bv_policy_default_get_value (BvPolicyDefault self);
char *bv_policy_default_check (BvPolicyDefault self, const char *value);

const char *bv_policy_peek_default (BvPolicy *self, BvPolicyDefault which);
gint64 bv_policy_get_default_number (BvPolicy *self, BvPolicyDefault which);
/* Whether guests that run follow their templates in CPUs and memory. */
gboolean bv_policy_is_live_update (BvPolicy *self);

G_END_DECLS
