/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/vmi/bv-phase.h"

#include <libvirt/libvirt.h>

/* What differs from row to row; the rest is: there is a domain, its guest has ACPI and 30 seconds
 * of grace. */
typedef struct
{
  BvPhase phase;
  BvDomainState state;
  BvDomainReason reason;
  BvPhase expected;
} DomainRow;

#define SCHEDULED BV_PHASE_SCHEDULED
#define RUNNING BV_PHASE_RUNNING
#define SUCCEEDED BV_PHASE_SUCCEEDED
#define FAILED BV_PHASE_FAILED

static const DomainRow domain_rows[] = {
  { SCHEDULED, BV_DOMAIN_RUNNING, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { RUNNING, BV_DOMAIN_BLOCKED, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { RUNNING, BV_DOMAIN_PM_SUSPENDED, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { SCHEDULED, BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_USER, RUNNING },
  { SCHEDULED, BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_STARTING_UP, SCHEDULED },
  { RUNNING, BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_IO_ERROR, RUNNING },
  { RUNNING, BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { RUNNING, BV_DOMAIN_PAUSED, BV_DOMAIN_REASON_POSTCOPY_FAILED, FAILED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_CRASHED, FAILED },
  { RUNNING, BV_DOMAIN_CRASHED, BV_DOMAIN_REASON_PANICKED, FAILED },
  { RUNNING, BV_DOMAIN_CRASHED, BV_DOMAIN_REASON_CRASHED, FAILED },
  { RUNNING, BV_DOMAIN_CRASHED, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DESTROYED, FAILED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_SHUTDOWN, SUCCEEDED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_SAVED, SUCCEEDED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_FROM_SNAPSHOT, SUCCEEDED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_MIGRATED, RUNNING },
  { SCHEDULED, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_FAILED, SCHEDULED },
  { SCHEDULED, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_UNKNOWN, SCHEDULED },
  { RUNNING, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_DAEMON, RUNNING },
  { RUNNING, BV_DOMAIN_SHUTDOWN, BV_DOMAIN_REASON_UNKNOWN, RUNNING },
  { SCHEDULED, BV_DOMAIN_NO_STATE, BV_DOMAIN_REASON_NON_EXISTENT, SCHEDULED },
  { SUCCEEDED, BV_DOMAIN_RUNNING, BV_DOMAIN_REASON_UNKNOWN, SUCCEEDED },
  { FAILED, BV_DOMAIN_SHUTOFF, BV_DOMAIN_REASON_SHUTDOWN, FAILED },
};

static void
test_domain (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (domain_rows); i++)
    {
      const DomainRow *row = &domain_rows[i];
      BvPhaseInput input = { .phase = row->phase,
                             .has_domain = TRUE,
                             .state = row->state,
                             .reason = row->reason,
                             .has_acpi = TRUE,
                             .grace_seconds = 30 };

      g_test_message ("%s: %s/%s", bv_phase_to_string (row->phase),
                      bv_domain_state_to_string (row->state),
                      bv_domain_reason_to_string (row->reason));
      g_assert_cmpstr (bv_phase_to_string (bv_phase_next (&input)), ==,
                       bv_phase_to_string (row->expected));
    }
}

static void
test_destroyed (void)
{
  BvPhaseInput input = { .phase = RUNNING,
                         .has_domain = TRUE,
                         .state = BV_DOMAIN_SHUTOFF,
                         .reason = BV_DOMAIN_REASON_DESTROYED };

  input.has_acpi = TRUE;
  input.grace_seconds = 1;
  g_assert_cmpint (bv_phase_next (&input), ==, FAILED);
  input.grace_seconds = 0;
  g_assert_cmpint (bv_phase_next (&input), ==, SUCCEEDED);
  input.has_acpi = FALSE;
  input.grace_seconds = 30;
  g_assert_cmpint (bv_phase_next (&input), ==, SUCCEEDED);
  input.postcopy_failed = TRUE;
  g_assert_cmpint (bv_phase_next (&input), ==, FAILED);
}

static void
test_rediscovered (void)
{
  const BvDomainReason reasons[] = { BV_DOMAIN_REASON_UNKNOWN, BV_DOMAIN_REASON_FAILED,
                                     BV_DOMAIN_REASON_DAEMON };

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      BvPhaseInput input = { .phase = RUNNING,
                             .has_domain = TRUE,
                             .state = BV_DOMAIN_SHUTOFF,
                             .reason = reasons[i],
                             .rediscovered = TRUE };

      g_assert_cmpint (bv_phase_next (&input), ==, FAILED);
      input.phase = SCHEDULED;
      g_assert_cmpint (bv_phase_next (&input), ==, SCHEDULED);
    }
}

typedef struct
{
  BvPhase phase;
  BvLauncherState launcher;
  gboolean is_receiver;
  BvPhase expected;
} NoDomainRow;

static const NoDomainRow no_domain_rows[] = {
  { SCHEDULED, BV_LAUNCHER_UNRESPONSIVE, FALSE, FAILED },
  { RUNNING, BV_LAUNCHER_UNRESPONSIVE, FALSE, FAILED },
  { SCHEDULED, BV_LAUNCHER_UNRESPONSIVE, TRUE, BV_PHASE_WAITING_FOR_SYNC },
  { SCHEDULED, BV_LAUNCHER_RESPONSIVE, FALSE, SCHEDULED },
  { RUNNING, BV_LAUNCHER_RESPONSIVE, FALSE, RUNNING },
  { SCHEDULED, BV_LAUNCHER_NOT_INITIALISED, FALSE, SCHEDULED },
  { RUNNING, BV_LAUNCHER_NOT_INITIALISED, FALSE, RUNNING },
  { BV_PHASE_PENDING, BV_LAUNCHER_RESPONSIVE, FALSE, SCHEDULED },
  { BV_PHASE_SCHEDULING, BV_LAUNCHER_UNRESPONSIVE, FALSE, SCHEDULED },
  { BV_PHASE_UNSET, BV_LAUNCHER_RESPONSIVE, FALSE, SCHEDULED },
  { SUCCEEDED, BV_LAUNCHER_UNRESPONSIVE, FALSE, SUCCEEDED },
  { FAILED, BV_LAUNCHER_RESPONSIVE, FALSE, FAILED },
};

static void
test_no_domain (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (no_domain_rows); i++)
    {
      const NoDomainRow *row = &no_domain_rows[i];
      BvPhaseInput input = { .phase = row->phase,
                             .launcher = row->launcher,
                             .is_receiver = row->is_receiver };

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (bv_phase_to_string (bv_phase_next (&input)), ==,
                       bv_phase_to_string (row->expected));
    }
}

static void
test_names (void)
{
  for (guint i = 0; i < BV_N_PHASES; i++)
    g_assert_cmpint (bv_phase_from_string (bv_phase_to_string ((BvPhase)i)), ==, i);
  g_assert_cmpint (bv_phase_from_string (NULL), ==, BV_PHASE_UNSET);
  g_assert_cmpint (bv_phase_from_string ("Sleeping"), ==, BV_PHASE_UNKNOWN);
}

typedef struct
{
  int libvirt_state;
  int libvirt_reason;
  const char *state;
  const char *reason;
} StateRow;

static const StateRow state_rows[] = {
  { VIR_DOMAIN_NOSTATE, 0, "NoState", "Unknown" },
  { VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, "Running", "Unknown" },
  { VIR_DOMAIN_BLOCKED, 0, "Blocked", "Unknown" },
  { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, "Paused", "User" },
  { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, "Paused", "IOError" },
  { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, "Paused", "PostcopyFailed" },
  { VIR_DOMAIN_PAUSED, 99, "Paused", "Unknown" },
  { VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, "ShuttingDown", "Unknown" },
  { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DAEMON, "Shutoff", "Daemon" },
  { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, "Shutoff", "Destroyed" },
  { VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, "Crashed", "Panicked" },
  { VIR_DOMAIN_PMSUSPENDED, 0, "PMSuspended", "Unknown" },
  { 99, 1, "NoState", "Unknown" },
  { -1, -1, "NoState", "Unknown" },
};

static void
test_states (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (state_rows); i++)
    {
      const StateRow *row = &state_rows[i];
      BvDomainState state;
      BvDomainReason reason;

      bv_domain_state_from_libvirt (row->libvirt_state, row->libvirt_reason, &state, &reason);
      g_assert_cmpstr (bv_domain_state_to_string (state), ==, row->state);
      g_assert_cmpstr (bv_domain_reason_to_string (reason), ==, row->reason);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phase/domain", test_domain);
  g_test_add_func ("/phase/destroyed", test_destroyed);
  g_test_add_func ("/phase/rediscovered", test_rediscovered);
  g_test_add_func ("/phase/no-domain", test_no_domain);
  g_test_add_func ("/phase/names", test_names);
  g_test_add_func ("/phase/states", test_states);
  return g_test_run ();
}
