/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

#define BV_TYPE_OBJECT (bv_object_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (BvObject, bv_object, BV, OBJECT, GObject)

struct _BvObjectClass
{
  GObjectClass parent_class;
};

BV_AVAILABLE_IN_1_0
const char *bv_object_get_api_version (BvObject *self);
BV_AVAILABLE_IN_1_0
const char *bv_object_get_kind (BvObject *self);
BV_AVAILABLE_IN_1_0
const char *bv_object_get_namespace (BvObject *self);
BV_AVAILABLE_IN_1_0
const char *bv_object_get_name (BvObject *self);
BV_AVAILABLE_IN_1_0
const char *bv_object_get_uid (BvObject *self);
BV_AVAILABLE_IN_1_0
void bv_object_set_uid (BvObject *self, const char *uid);
BV_AVAILABLE_IN_1_0
GVariant *bv_object_get_field (BvObject *self, const char *path);
BV_AVAILABLE_IN_1_0
gboolean bv_object_set_field (BvObject *self, const char *path, GVariant *value, GError **error);
BV_AVAILABLE_IN_1_0
gboolean bv_object_equal (BvObject *self, BvObject *other);
BV_AVAILABLE_IN_1_0
BvObject *bv_object_copy (BvObject *self);
BV_AVAILABLE_IN_1_0
char *bv_object_to_json (BvObject *self);
BV_AVAILABLE_IN_1_0
char *bv_object_to_yaml (BvObject *self);

G_END_DECLS
