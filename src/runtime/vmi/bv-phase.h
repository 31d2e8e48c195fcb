/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain-state.h"

G_BEGIN_DECLS

/**
 * BvPhase:
 *
 * The phase of a VMI. The strings are KubeVirt's.
 */
typedef enum
{
  BV_PHASE_UNSET,
  BV_PHASE_PENDING,
  BV_PHASE_SCHEDULING,
  BV_PHASE_SCHEDULED,
  BV_PHASE_RUNNING,
  BV_PHASE_SUCCEEDED,
  BV_PHASE_FAILED,
  BV_PHASE_WAITING_FOR_SYNC,
  BV_PHASE_UNKNOWN,
} BvPhase;

#define BV_N_PHASES (BV_PHASE_UNKNOWN + 1)

/**
 * BvLauncherState:
 * @BV_LAUNCHER_RESPONSIVE: What is known of the domain can be relied on.
 * @BV_LAUNCHER_NOT_INITIALISED: Nothing is known yet.
 * @BV_LAUNCHER_UNRESPONSIVE: What ran the domain is gone, and the guest with it.
 *
 * KubeVirt has a launcher for each VMI; here it is the connection to libvirt.
 */
typedef enum
{
  BV_LAUNCHER_RESPONSIVE,
  BV_LAUNCHER_NOT_INITIALISED,
  BV_LAUNCHER_UNRESPONSIVE,
} BvLauncherState;

/**
 * BvPhaseInput:
 * @phase: the phase so far
 * @has_domain: whether there is a domain
 * @state: its state
 * @reason: why it is in that state
 * @launcher: what is known, where there is no domain
 * @has_acpi: whether the domain has the ACPI feature
 * @grace_seconds: the grace period of the VMI
 * @postcopy_failed: whether a post-copy migration of it failed
 * @is_receiver: whether it is the target of a migration
 * @rediscovered: whether the state was asked for after a new connection, and no event tells how it
 * came about
 *
 * All that the phase of a VMI depends on.
 */
typedef struct
{
  BvPhase phase;
  gboolean has_domain;
  BvDomainState state;
  BvDomainReason reason;
  BvLauncherState launcher;
  gboolean has_acpi;
  gint64 grace_seconds;
  gboolean postcopy_failed;
  gboolean is_receiver;
  gboolean rediscovered;
} BvPhaseInput;

BvPhase bv_phase_next (const BvPhaseInput *input);
gboolean bv_phase_is_final (BvPhase phase);
const char *bv_phase_to_string (BvPhase phase);
BvPhase bv_phase_from_string (const char *text);

G_END_DECLS
