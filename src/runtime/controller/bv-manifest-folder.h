/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/controller/bv-controller.h"

G_BEGIN_DECLS

/* A folder of manifests that are applied: each when the service starts or the file changes, and
 * never twice as it is. Signals: "changed", when other files than before cannot be applied. */
#define BV_TYPE_MANIFEST_FOLDER (bv_manifest_folder_get_type ())

G_DECLARE_FINAL_TYPE (BvManifestFolder, bv_manifest_folder, BV, MANIFEST_FOLDER, GObject)

BvManifestFolder *bv_manifest_folder_new (BvController *controller, const char *path);
gboolean bv_manifest_folder_load (BvManifestFolder *self, GError **error);
void bv_manifest_folder_start (BvManifestFolder *self);

const char *bv_manifest_folder_get_path (BvManifestFolder *self);
/* Of the files that could not be applied as they are: name -> why, without anything of what they
 * say. */
GVariant *bv_manifest_folder_get_problems (BvManifestFolder *self);

G_END_DECLS
