/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-probe-tally.h"

#define SUCCESS_THRESHOLD 1
#define FAILURE_THRESHOLD 3

/* A number that is not there is the default, and so is 0. */
void
bv_probe_tally_init (BvProbeTally *self, const BvApiProbe *probe, gboolean verdict)
{
  self->success_threshold =
      probe->success_threshold > 0 ? (guint)probe->success_threshold : SUCCESS_THRESHOLD;
  self->failure_threshold =
      probe->failure_threshold > 0 ? (guint)probe->failure_threshold : FAILURE_THRESHOLD;
  self->verdict = verdict;
  self->n_last = 0;
}

gboolean
bv_probe_tally_add (BvProbeTally *self, gboolean success)
{
  self->n_last = self->n_last > 0 && self->last == success ? self->n_last + 1 : 1;
  self->last = success;
  if (self->verdict == success ||
      self->n_last < (success ? self->success_threshold : self->failure_threshold))
    return FALSE;
  self->verdict = success;
  return TRUE;
}
