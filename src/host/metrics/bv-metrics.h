/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a guest may know of its host, and of itself as the host sees it: the XML that vhostmd made
 * known, under the names that KubeVirt fills. */
typedef struct _BvMetrics BvMetrics;

typedef enum
{
  BV_METRICS_HOST,
  BV_METRICS_VM,
} BvMetricsContext;

BvMetrics *bv_metrics_new (void);
void bv_metrics_free (BvMetrics *self);

/* UNIT may be NULL. */
void bv_metrics_add_string (BvMetrics *self, const char *name, const char *value);
void bv_metrics_add_int64 (BvMetrics *self, BvMetricsContext context, const char *name,
                           gint64 value, const char *unit);
void bv_metrics_add_uint64 (BvMetrics *self, BvMetricsContext context, const char *name,
                            guint64 value, const char *unit);
void bv_metrics_add_real64 (BvMetrics *self, BvMetricsContext context, const char *name,
                            double value, const char *unit);

/* Takes SELF. */
char *bv_metrics_to_xml (BvMetrics *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMetrics, bv_metrics_free)

G_END_DECLS
