/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-manifest.h"

G_BEGIN_DECLS

char **bv_cli_list_manifests (char **paths, GError **error);
GBytes *bv_cli_read_bytes (const char *path, GError **error);
BvManifest *bv_cli_read_manifest (const char *path, BvManifestFlags flags, GError **error);
BvPolicy *bv_cli_policy_new (void);
GPtrArray *bv_cli_admit (BvManifest *manifest, BvPolicy *policy);
void bv_cli_print_causes (GPtrArray *causes);
gboolean bv_cli_check_found (guint n_objects, char **paths, gboolean skip_unknown, GError **error);

G_END_DECLS
