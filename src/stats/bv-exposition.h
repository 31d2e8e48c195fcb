/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stats/bv-histogram.h"

G_BEGIN_DECLS

/* What Prometheus reads: samples, kept apart by the families that they belong to. */
typedef struct _BvExposition BvExposition;

typedef enum
{
  BV_METRIC_GAUGE,
  BV_METRIC_COUNTER,
  BV_METRIC_HISTOGRAM,
} BvMetricType;

typedef struct
{
  const char *name; /* a counter's ends in “_total” */
  BvMetricType type;
  const char *labels; /* their names, with commas */
  const char *help;
} BvMetricFamily;

/* What a number has to be multiplied by, so that it is in bytes, or in seconds. */
typedef enum
{
  BV_SCALE_ONE,
  BV_SCALE_KIBI,
  BV_SCALE_MEBI,
  BV_SCALE_NANO,
  BV_SCALE_MICRO,
  BV_SCALE_MILLI,
} BvScale;

BvExposition *bv_exposition_new (const BvMetricFamily *families, guint n_families);
void bv_exposition_free (BvExposition *self);

/* LABELS and MORE are what bv_exposition_add_label () made; both may be empty. */
void bv_exposition_add (BvExposition *self, guint family, const char *labels, const char *more,
                        guint64 value, BvScale scale);

void bv_exposition_add_histogram (BvExposition *self, guint family, const char *labels,
                                  const BvHistogram *histogram);

/* “gauge”, “counter”, “histogram”. */
const char *bv_metric_type_to_string (BvMetricType type);

/* Adds a label, unless its value is empty or NULL: that is the same to Prometheus. */
void bv_exposition_add_label (GString *labels, const char *name, const char *value);

/* The text, as OpenMetrics 1.0 or in Prometheus's older format. What was added is gone. */
GString *bv_exposition_finish (BvExposition *self, gboolean is_open_metrics);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvExposition, bv_exposition_free)

G_END_DECLS
