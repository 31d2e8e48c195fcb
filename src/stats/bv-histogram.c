/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-histogram.h"

#define SECONDS(n) ((n) * (gint64)G_USEC_PER_SEC)

static const struct
{
  gint64 usec;
  const char *seconds; /* as OpenMetrics wants it written */
} bounds[] = {
  { SECONDS (1) / 2, "0.5" },   { SECONDS (1), "1.0" },       { SECONDS (2), "2.0" },
  { SECONDS (5), "5.0" },       { SECONDS (10), "10.0" },     { SECONDS (20), "20.0" },
  { SECONDS (30), "30.0" },     { SECONDS (40), "40.0" },     { SECONDS (50), "50.0" },
  { SECONDS (60), "60.0" },     { SECONDS (90), "90.0" },     { SECONDS (120), "120.0" },
  { SECONDS (180), "180.0" },   { SECONDS (300), "300.0" },   { SECONDS (600), "600.0" },
  { SECONDS (1200), "1200.0" }, { SECONDS (1800), "1800.0" }, { SECONDS (3600), "3600.0" },
  { G_MAXINT64, "+Inf" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (bounds) == BV_HISTOGRAM_N_BUCKETS);

void
bv_histogram_observe (BvHistogram *self, gint64 usec)
{
  guint bucket = 0;

  usec = MAX (usec, 0);
  while (usec > bounds[bucket].usec)
    bucket++;
  self->counts[bucket]++;
  self->sum_usec += (guint64)usec;
}

const char *
bv_histogram_get_bound (guint bucket)
{
  return bounds[bucket].seconds;
}
