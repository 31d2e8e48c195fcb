/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_POLICY (bv_policy_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvPolicy, bv_policy, BV, POLICY, GObject)

BV_AVAILABLE_IN_1_0
BvPolicy *bv_policy_new (void);
BV_AVAILABLE_IN_1_0
gboolean bv_policy_set_feature_gate (BvPolicy *self, const char *gate, gboolean enabled,
                                     GError **error);
BV_AVAILABLE_IN_1_0
gboolean bv_policy_has_feature_gate (BvPolicy *self, const char *gate);
BV_AVAILABLE_IN_1_0
void bv_policy_set_enforce_gates (BvPolicy *self, gboolean enforce);
BV_AVAILABLE_IN_1_0
gboolean bv_policy_get_enforce_gates (BvPolicy *self);
BV_AVAILABLE_IN_1_0
void bv_policy_set_architecture (BvPolicy *self, const char *architecture);
BV_AVAILABLE_IN_1_0
const char *bv_policy_get_architecture (BvPolicy *self);
BV_AVAILABLE_IN_1_0
gboolean bv_policy_set_default (BvPolicy *self, const char *name, const char *value,
                                GError **error);
BV_AVAILABLE_IN_1_0
const char *bv_policy_get_default (BvPolicy *self, const char *name);

G_END_DECLS
