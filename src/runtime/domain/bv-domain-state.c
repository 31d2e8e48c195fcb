/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-state.h"

#include <libvirt/libvirt.h>

static const char *const state_names[] = {
  [BV_DOMAIN_NO_STATE] = "NoState",      [BV_DOMAIN_RUNNING] = "Running",
  [BV_DOMAIN_BLOCKED] = "Blocked",       [BV_DOMAIN_PAUSED] = "Paused",
  [BV_DOMAIN_SHUTDOWN] = "ShuttingDown", [BV_DOMAIN_SHUTOFF] = "Shutoff",
  [BV_DOMAIN_CRASHED] = "Crashed",       [BV_DOMAIN_PM_SUSPENDED] = "PMSuspended",
};

static const char *const reason_names[] = {
  [BV_DOMAIN_REASON_UNKNOWN] = "Unknown",
  [BV_DOMAIN_REASON_NON_EXISTENT] = "NonExistent",
  [BV_DOMAIN_REASON_USER] = "User",
  [BV_DOMAIN_REASON_MIGRATION] = "Migration",
  [BV_DOMAIN_REASON_SAVE] = "Save",
  [BV_DOMAIN_REASON_DUMP] = "Dump",
  [BV_DOMAIN_REASON_IO_ERROR] = "IOError",
  [BV_DOMAIN_REASON_WATCHDOG] = "Watchdog",
  [BV_DOMAIN_REASON_FROM_SNAPSHOT] = "FromSnapshot",
  [BV_DOMAIN_REASON_SHUTTING_DOWN] = "ShuttingDown",
  [BV_DOMAIN_REASON_SNAPSHOT] = "Snapshot",
  [BV_DOMAIN_REASON_CRASHED] = "Crashed",
  [BV_DOMAIN_REASON_STARTING_UP] = "StartingUp",
  [BV_DOMAIN_REASON_POSTCOPY] = "Postcopy",
  [BV_DOMAIN_REASON_POSTCOPY_FAILED] = "PostcopyFailed",
  [BV_DOMAIN_REASON_SHUTDOWN] = "Shutdown",
  [BV_DOMAIN_REASON_DESTROYED] = "Destroyed",
  [BV_DOMAIN_REASON_MIGRATED] = "Migrated",
  [BV_DOMAIN_REASON_SAVED] = "Saved",
  [BV_DOMAIN_REASON_FAILED] = "Failed",
  [BV_DOMAIN_REASON_DAEMON] = "Daemon",
  [BV_DOMAIN_REASON_PANICKED] = "Panicked",
};

G_STATIC_ASSERT (G_N_ELEMENTS (state_names) == BV_N_DOMAIN_STATES);
G_STATIC_ASSERT (G_N_ELEMENTS (reason_names) == BV_N_DOMAIN_REASONS);

static const BvDomainState libvirt_states[] = {
  [VIR_DOMAIN_NOSTATE] = BV_DOMAIN_NO_STATE,  [VIR_DOMAIN_RUNNING] = BV_DOMAIN_RUNNING,
  [VIR_DOMAIN_BLOCKED] = BV_DOMAIN_BLOCKED,   [VIR_DOMAIN_PAUSED] = BV_DOMAIN_PAUSED,
  [VIR_DOMAIN_SHUTDOWN] = BV_DOMAIN_SHUTDOWN, [VIR_DOMAIN_SHUTOFF] = BV_DOMAIN_SHUTOFF,
  [VIR_DOMAIN_CRASHED] = BV_DOMAIN_CRASHED,   [VIR_DOMAIN_PMSUSPENDED] = BV_DOMAIN_PM_SUSPENDED,
};

static const BvDomainReason paused_reasons[] = {
  [VIR_DOMAIN_PAUSED_UNKNOWN] = BV_DOMAIN_REASON_UNKNOWN,
  [VIR_DOMAIN_PAUSED_USER] = BV_DOMAIN_REASON_USER,
  [VIR_DOMAIN_PAUSED_MIGRATION] = BV_DOMAIN_REASON_MIGRATION,
  [VIR_DOMAIN_PAUSED_SAVE] = BV_DOMAIN_REASON_SAVE,
  [VIR_DOMAIN_PAUSED_DUMP] = BV_DOMAIN_REASON_DUMP,
  [VIR_DOMAIN_PAUSED_IOERROR] = BV_DOMAIN_REASON_IO_ERROR,
  [VIR_DOMAIN_PAUSED_WATCHDOG] = BV_DOMAIN_REASON_WATCHDOG,
  [VIR_DOMAIN_PAUSED_FROM_SNAPSHOT] = BV_DOMAIN_REASON_FROM_SNAPSHOT,
  [VIR_DOMAIN_PAUSED_SHUTTING_DOWN] = BV_DOMAIN_REASON_SHUTTING_DOWN,
  [VIR_DOMAIN_PAUSED_SNAPSHOT] = BV_DOMAIN_REASON_SNAPSHOT,
  [VIR_DOMAIN_PAUSED_CRASHED] = BV_DOMAIN_REASON_CRASHED,
  [VIR_DOMAIN_PAUSED_STARTING_UP] = BV_DOMAIN_REASON_STARTING_UP,
  [VIR_DOMAIN_PAUSED_POSTCOPY] = BV_DOMAIN_REASON_POSTCOPY,
  [VIR_DOMAIN_PAUSED_POSTCOPY_FAILED] = BV_DOMAIN_REASON_POSTCOPY_FAILED,
};

static const BvDomainReason shutoff_reasons[] = {
  [VIR_DOMAIN_SHUTOFF_UNKNOWN] = BV_DOMAIN_REASON_UNKNOWN,
  [VIR_DOMAIN_SHUTOFF_SHUTDOWN] = BV_DOMAIN_REASON_SHUTDOWN,
  [VIR_DOMAIN_SHUTOFF_DESTROYED] = BV_DOMAIN_REASON_DESTROYED,
  [VIR_DOMAIN_SHUTOFF_CRASHED] = BV_DOMAIN_REASON_CRASHED,
  [VIR_DOMAIN_SHUTOFF_MIGRATED] = BV_DOMAIN_REASON_MIGRATED,
  [VIR_DOMAIN_SHUTOFF_SAVED] = BV_DOMAIN_REASON_SAVED,
  [VIR_DOMAIN_SHUTOFF_FAILED] = BV_DOMAIN_REASON_FAILED,
  [VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT] = BV_DOMAIN_REASON_FROM_SNAPSHOT,
  [VIR_DOMAIN_SHUTOFF_DAEMON] = BV_DOMAIN_REASON_DAEMON,
};

static const BvDomainReason crashed_reasons[] = {
  [VIR_DOMAIN_CRASHED_UNKNOWN] = BV_DOMAIN_REASON_UNKNOWN,
  [VIR_DOMAIN_CRASHED_PANICKED] = BV_DOMAIN_REASON_PANICKED,
};

typedef struct
{
  const BvDomainReason *reasons;
  gsize n_reasons;
} ReasonTable;

static const ReasonTable reason_tables[BV_N_DOMAIN_STATES] = {
  [BV_DOMAIN_PAUSED] = { paused_reasons, G_N_ELEMENTS (paused_reasons) },
  [BV_DOMAIN_SHUTOFF] = { shutoff_reasons, G_N_ELEMENTS (shutoff_reasons) },
  [BV_DOMAIN_CRASHED] = { crashed_reasons, G_N_ELEMENTS (crashed_reasons) },
};

const char *
bv_domain_state_to_string (BvDomainState state)
{
  g_return_val_if_fail ((gsize)state < G_N_ELEMENTS (state_names), "Unknown");
  return state_names[state];
}

const char *
bv_domain_reason_to_string (BvDomainReason reason)
{
  g_return_val_if_fail ((gsize)reason < G_N_ELEMENTS (reason_names), "Unknown");
  return reason_names[reason];
}

/**
 * bv_domain_state_from_libvirt:
 * @libvirt_state: a virDomainState
 * @libvirt_reason: the reason that belongs to it
 * @state: (out): our state
 * @reason: (out): our reason
 *
 * Translates what virDomainGetState() tells. What a newer libvirt adds is NoState, or for no known
 * reason.
 */
void
bv_domain_state_from_libvirt (int libvirt_state, int libvirt_reason, BvDomainState *state,
                              BvDomainReason *reason)
{
  const ReasonTable *table;

  *state = BV_DOMAIN_NO_STATE;
  *reason = BV_DOMAIN_REASON_UNKNOWN;
  if (libvirt_state < 0 || (gsize)libvirt_state >= G_N_ELEMENTS (libvirt_states))
    return;
  *state = libvirt_states[libvirt_state];
  table = &reason_tables[*state];
  if (libvirt_reason >= 0 && (gsize)libvirt_reason < table->n_reasons)
    *reason = table->reasons[libvirt_reason];
}

gboolean
bv_domain_state_is_active (BvDomainState state)
{
  return state != BV_DOMAIN_NO_STATE && state != BV_DOMAIN_SHUTOFF && state != BV_DOMAIN_CRASHED;
}
