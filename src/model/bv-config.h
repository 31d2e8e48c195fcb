/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_CONFIG (bv_config_get_type ())

typedef struct _BvConfig BvConfig;

BV_AVAILABLE_IN_1_0
GType bv_config_get_type (void);
BV_AVAILABLE_IN_1_0
BvConfig *bv_config_new (void);
BV_AVAILABLE_IN_1_0
BvConfig *bv_config_new_from_file (const char *path, GError **error);
BV_AVAILABLE_IN_1_0
BvConfig *bv_config_ref (BvConfig *self);
BV_AVAILABLE_IN_1_0
void bv_config_unref (BvConfig *self);
BV_AVAILABLE_IN_1_0
gboolean bv_config_has_gate (const BvConfig *self, const char *gate);
BV_AVAILABLE_IN_1_0
void bv_config_set_gate (BvConfig *self, const char *gate, gboolean enabled);
BV_AVAILABLE_IN_1_0
gboolean bv_config_get_boolean (const BvConfig *self, const char *group, const char *key);
BV_AVAILABLE_IN_1_0
gint64 bv_config_get_integer (const BvConfig *self, const char *group, const char *key);
BV_AVAILABLE_IN_1_0
const char *bv_config_get_string (const BvConfig *self, const char *group, const char *key);
BV_AVAILABLE_IN_1_0
const char *const *bv_config_get_strings (const BvConfig *self, const char *group, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvConfig, bv_config_unref)

G_END_DECLS
