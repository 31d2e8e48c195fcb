/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-phase.h"

static const char *const phase_names[] = {
  [BV_PHASE_UNSET] = "",
  [BV_PHASE_PENDING] = "Pending",
  [BV_PHASE_SCHEDULING] = "Scheduling",
  [BV_PHASE_SCHEDULED] = "Scheduled",
  [BV_PHASE_RUNNING] = "Running",
  [BV_PHASE_SUCCEEDED] = "Succeeded",
  [BV_PHASE_FAILED] = "Failed",
  [BV_PHASE_WAITING_FOR_SYNC] = "WaitingForSync",
  [BV_PHASE_UNKNOWN] = "Unknown",
};

G_STATIC_ASSERT (G_N_ELEMENTS (phase_names) == BV_N_PHASES);

/* In a table: any reason; the phase stays. */
#define ANY BV_N_DOMAIN_REASONS
#define UNCHANGED BV_N_PHASES

typedef enum
{
  ALWAYS,
  IF_GRACE_WAS_CUT, /* the guest was to end by itself and did not */
  IF_POSTCOPY_FAILED,
  IF_REDISCOVERED,
} Condition;

typedef struct
{
  BvDomainState state;
  int reason;
  Condition condition;
  int result;
} PhaseRow;

/* The first row that fits counts; where none does, the phase stays. */
static const PhaseRow phase_table[] = {
  { BV_DOMAIN_RUNNING, ANY, ALWAYS, BV_PHASE_RUNNING },
  { BV_DOMAIN_BLOCKED, ANY, ALWAYS, BV_PHASE_RUNNING },
  { BV_DOMAIN_PM_SUSPENDED, ANY, ALWAYS, BV_PHASE_RUNNING },
  { BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_POSTCOPY_FAILED, ALWAYS, BV_PHASE_FAILED },
  /* QEMU is there, the guest not yet: libvirt sets it going next, and a pause would be lost. */
  { BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_STARTING_UP, ALWAYS, UNCHANGED },
  { BV_DOMAIN_PAUSED, ANY, ALWAYS, BV_PHASE_RUNNING },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_CRASHED, ALWAYS, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_PANICKED, ALWAYS, BV_PHASE_FAILED },
  { BV_DOMAIN_CRASHED, BV_DOMAIN_REASON_CRASHED, ALWAYS, BV_PHASE_FAILED },
  { BV_DOMAIN_CRASHED, BV_DOMAIN_REASON_PANICKED, ALWAYS, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DESTROYED, IF_GRACE_WAS_CUT, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DESTROYED, IF_POSTCOPY_FAILED, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DESTROYED, ALWAYS, BV_PHASE_SUCCEEDED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_SHUTDOWN, ALWAYS, BV_PHASE_SUCCEEDED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_SAVED, ALWAYS, BV_PHASE_SUCCEEDED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_FROM_SNAPSHOT, ALWAYS, BV_PHASE_SUCCEEDED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_MIGRATED, ALWAYS, UNCHANGED },
  /* No launcher here whose end tells of the guest's: it went while nobody looked, with the host
     perhaps. */
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_FAILED, IF_REDISCOVERED, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_UNKNOWN, IF_REDISCOVERED, BV_PHASE_FAILED },
  { BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DAEMON, IF_REDISCOVERED, BV_PHASE_FAILED },
};

static gboolean
condition_holds (Condition condition, const BvPhaseInput *input)
{
  switch (condition)
    {
    case IF_GRACE_WAS_CUT:
      return input->has_acpi && input->grace_seconds > 0;
    case IF_POSTCOPY_FAILED:
      return input->postcopy_failed;
    case IF_REDISCOVERED:
      return input->rediscovered && input->phase == BV_PHASE_RUNNING;
    case ALWAYS:
    default:
      return TRUE;
    }
}

static BvPhase
phase_without_domain (const BvPhaseInput *input)
{
  if (input->phase != BV_PHASE_SCHEDULED && input->phase != BV_PHASE_RUNNING)
    return BV_PHASE_SCHEDULED;
  if (input->launcher != BV_LAUNCHER_UNRESPONSIVE)
    return input->phase;
  return input->is_receiver ? BV_PHASE_WAITING_FOR_SYNC : BV_PHASE_FAILED;
}

/**
 * bv_phase_next:
 * @input: all that it depends on
 *
 * Computes the phase of a VMI. The one place that does.
 *
 * Returns: the phase
 */
BvPhase
bv_phase_next (const BvPhaseInput *input)
{
  if (bv_phase_is_final (input->phase))
    return input->phase;
  if (!input->has_domain)
    return phase_without_domain (input);

  for (gsize i = 0; i < G_N_ELEMENTS (phase_table); i++)
    {
      const PhaseRow *row = &phase_table[i];

      if (row->state != input->state || (row->reason != ANY && row->reason != (int)input->reason) ||
          !condition_holds (row->condition, input))
        continue;
      return row->result == UNCHANGED ? input->phase : (BvPhase)row->result;
    }
  return input->phase;
}

/**
 * bv_phase_is_final:
 * @phase: a phase
 *
 * Returns: whether no other follows it
 */
gboolean
bv_phase_is_final (BvPhase phase)
{
  return phase == BV_PHASE_SUCCEEDED || phase == BV_PHASE_FAILED;
}

const char *
bv_phase_to_string (BvPhase phase)
{
  g_return_val_if_fail ((gsize)phase < G_N_ELEMENTS (phase_names), "Unknown");
  return phase_names[phase];
}

/**
 * bv_phase_from_string:
 * @text: (nullable): a phase's name
 *
 * Returns: the phase; %BV_PHASE_UNKNOWN for a name that is none
 */
BvPhase
bv_phase_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (phase_names); i++)
    if (g_strcmp0 (text != NULL ? text : "", phase_names[i]) == 0)
      return (BvPhase)i;
  return BV_PHASE_UNKNOWN;
}
