/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often something took how long. The bounds are those of KubeVirt's histograms of transitions,
 * and one more, for all that took longer. */
#define BV_HISTOGRAM_N_BUCKETS 19

typedef struct
{
  guint64 counts[BV_HISTOGRAM_N_BUCKETS]; /* each bucket's own */
  guint64 sum_usec;
} BvHistogram;

/* USEC may be less than 0, where a clock was set: that counts as 0. */
void bv_histogram_observe (BvHistogram *self, gint64 usec);

/* The bucket's upper bound in seconds, as the label “le” has it. */
const char *bv_histogram_get_bound (guint bucket);

G_END_DECLS
