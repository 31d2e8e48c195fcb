/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* How long VMIs and migrations took from phase to phase, since the service began: histograms, each
 * of a family and its labels. */
typedef struct _BvTransitionTimes BvTransitionTimes;

/* A change of a VMI's phase. Times are microseconds since 1970; 0: not known, or not yet. */
typedef struct
{
  const char *phase;
  const char *last_phase;
  gint64 at;
  gint64 last_at; /* when LAST_PHASE began */
  gint64 created;
  gint64 deleted;
  gboolean is_final;
} BvPhaseChange;

BvTransitionTimes *bv_transition_times_new (void);
void bv_transition_times_free (BvTransitionTimes *self);

void bv_transition_times_take_vmi (BvTransitionTimes *self, const BvPhaseChange *change);
/* A migration that was created before so many microseconds came into PHASE. */
void bv_transition_times_take_migration (BvTransitionTimes *self, const char *phase, gint64 usec);

void bv_transition_times_expose (BvTransitionTimes *self, BvExposition *exposition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvTransitionTimes, bv_transition_times_free)

G_END_DECLS
