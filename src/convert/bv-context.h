/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_CONTEXT (bv_context_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvContext, bv_context, BV, CONTEXT, GObject)

BV_AVAILABLE_IN_1_0
BvContext *bv_context_new (void);
BV_AVAILABLE_IN_1_0
BvContext *bv_context_new_from_json (const char *json, GError **error);
BV_AVAILABLE_IN_1_0
char *bv_context_to_json (BvContext *self);
BV_AVAILABLE_IN_1_0
GVariant *bv_context_get_field (BvContext *self, const char *path);
BV_AVAILABLE_IN_1_0
gboolean bv_context_set_field (BvContext *self, const char *path, GVariant *value, GError **error);

G_END_DECLS
