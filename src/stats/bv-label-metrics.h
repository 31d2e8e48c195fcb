/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* Adds the labels of an object, each name with PREFIX. A name that is there already, in METADATA
 * that comes earlier or after what Prometheus does not take was replaced, is not added again. NULLs
 * among METADATA are left out. Returns whether any was added. */
gboolean bv_label_metrics_add (GString *labels, const char *prefix,
                               const BvApiObjectMeta *const *metadata, guint n_metadata);

/* The value of an annotation, or NULL. METADATA may be NULL. */
const char *bv_label_metrics_find_annotation (const BvApiObjectMeta *metadata, const char *name);

G_END_DECLS
