/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-cause.h"
#include "model/bv-object.h"

G_BEGIN_DECLS

/**
 * BvManifestFlags:
 * @BV_MANIFEST_NONE: Every object must be of a kind that Barevirt knows.
 * @BV_MANIFEST_SKIP_UNKNOWN: Objects of other kinds are left out, each with a warning.
 *
 * Since: 1.0
 */
typedef enum
{
  BV_MANIFEST_NONE = 0,
  BV_MANIFEST_SKIP_UNKNOWN = 1 << 0,
} BvManifestFlags;

#define BV_TYPE_MANIFEST (bv_manifest_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvManifest, bv_manifest, BV, MANIFEST, GObject)

BV_AVAILABLE_IN_1_0
BvManifest *bv_manifest_new_from_bytes (GBytes *bytes, const char *file_name,
                                        BvManifestFlags flags);
BV_AVAILABLE_IN_1_0
BvManifest *bv_manifest_new_from_file (const char *path, BvManifestFlags flags, GError **error);
BV_AVAILABLE_IN_1_0
GListModel *bv_manifest_get_objects (BvManifest *self);
BV_AVAILABLE_IN_1_0
GPtrArray *bv_manifest_get_causes (BvManifest *self);
BV_AVAILABLE_IN_1_0
gboolean bv_manifest_is_valid (BvManifest *self);

G_END_DECLS
