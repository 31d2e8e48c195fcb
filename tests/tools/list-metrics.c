/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "stats/bv-metric-families.h"

/* Prints what the metrics' endpoint can tell: name, type, labels and help, with tabs between. */
int
main (void)
{
  for (guint i = 0; i < BV_N_METRICS; i++)
    g_print ("%s\t%s\t%s\t%s\n", bv_metric_families[i].name,
             bv_metric_type_to_string (bv_metric_families[i].type), bv_metric_families[i].labels,
             bv_metric_families[i].help);
  return 0;
}
