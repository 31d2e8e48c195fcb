/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * BvDomainState:
 *
 * The state of a domain, as libvirt tells it. The strings are KubeVirt's.
 */
typedef enum
{
  BV_DOMAIN_NO_STATE,
  BV_DOMAIN_RUNNING,
  BV_DOMAIN_BLOCKED,
  BV_DOMAIN_PAUSED,
  BV_DOMAIN_SHUTDOWN,
  BV_DOMAIN_SHUTOFF,
  BV_DOMAIN_CRASHED,
  BV_DOMAIN_PM_SUSPENDED,
} BvDomainState;

#define BV_N_DOMAIN_STATES (BV_DOMAIN_PM_SUSPENDED + 1)

/**
 * BvDomainReason:
 *
 * Why a domain is in its state: kept for Paused, Shutoff and Crashed, unknown for all others.
 */
typedef enum
{
  BV_DOMAIN_REASON_UNKNOWN,
  BV_DOMAIN_REASON_NON_EXISTENT,
  BV_DOMAIN_REASON_USER,
  BV_DOMAIN_REASON_MIGRATION,
  BV_DOMAIN_REASON_SAVE,
  BV_DOMAIN_REASON_DUMP,
  BV_DOMAIN_REASON_IO_ERROR,
  BV_DOMAIN_REASON_WATCHDOG,
  BV_DOMAIN_REASON_FROM_SNAPSHOT,
  BV_DOMAIN_REASON_SHUTTING_DOWN,
  BV_DOMAIN_REASON_SNAPSHOT,
  BV_DOMAIN_REASON_CRASHED,
  BV_DOMAIN_REASON_STARTING_UP,
  BV_DOMAIN_REASON_POSTCOPY,
  BV_DOMAIN_REASON_POSTCOPY_FAILED,
  BV_DOMAIN_REASON_SHUTDOWN,
  BV_DOMAIN_REASON_DESTROYED,
  BV_DOMAIN_REASON_MIGRATED,
  BV_DOMAIN_REASON_SAVED,
  BV_DOMAIN_REASON_FAILED,
  BV_DOMAIN_REASON_DAEMON,
  BV_DOMAIN_REASON_PANICKED,
} BvDomainReason;

#define BV_N_DOMAIN_REASONS (BV_DOMAIN_REASON_PANICKED + 1)

const char *bv_domain_state_to_string (BvDomainState state);
const char *bv_domain_reason_to_string (BvDomainReason reason);
void bv_domain_state_from_libvirt (int libvirt_state, int libvirt_reason, BvDomainState *state,
                                   BvDomainReason *reason);

/* Whether there is a QEMU process. */
gboolean bv_domain_state_is_active (BvDomainState state);

G_END_DECLS
