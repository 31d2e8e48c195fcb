/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* What the checks of a probe amount to, by Kubernetes' rules: the verdict changes after so many
 * checks in a row that say otherwise. */
typedef struct
{
  guint success_threshold;
  guint failure_threshold;
  gboolean verdict;
  gboolean last;
  guint n_last; /* in a row */
} BvProbeTally;

void bv_probe_tally_init (BvProbeTally *self, const BvApiProbe *probe, gboolean verdict);

/* Returns whether the verdict is another now. */
gboolean bv_probe_tally_add (BvProbeTally *self, gboolean success);

G_END_DECLS
