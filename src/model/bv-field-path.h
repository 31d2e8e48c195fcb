/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "model/bv-record.h"

G_BEGIN_DECLS

GVariant *bv_field_path_get (const BvRecordType *type, gconstpointer record, const char *path);
gboolean bv_field_path_set (const BvRecordType *type, gpointer record, BvArena *arena,
                            const char *path, GVariant *value, GError **error);

G_END_DECLS
