/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-error.h"

#define NAME(name) "org.barevirt1.Error." name

static const GDBusErrorEntry entries[] = {
  { BV_ERROR_FAILED, NAME ("Failed") },
  { BV_ERROR_INVALID_MANIFEST, NAME ("InvalidManifest") },
  { BV_ERROR_INVALID_ARGUMENT, NAME ("InvalidArgument") },
  { BV_ERROR_NOT_FOUND, NAME ("NotFound") },
  { BV_ERROR_ALREADY_EXISTS, NAME ("AlreadyExists") },
  { BV_ERROR_CONFLICT, NAME ("Conflict") },
  { BV_ERROR_NOT_RUNNING, NAME ("NotRunning") },
  { BV_ERROR_NOT_SUPPORTED, NAME ("NotSupported") },
  { BV_ERROR_NOT_AUTHORIZED, NAME ("NotAuthorized") },
  { BV_ERROR_HYPERVISOR_UNAVAILABLE, NAME ("HypervisorUnavailable") },
  { BV_ERROR_AGENT_UNAVAILABLE, NAME ("AgentUnavailable") },
  { BV_ERROR_TIMED_OUT, NAME ("TimedOut") },
  { BV_ERROR_CANCELLED, NAME ("Cancelled") },
  { BV_ERROR_UNSCHEDULABLE, NAME ("Unschedulable") },
  { BV_ERROR_LIMIT_EXCEEDED, NAME ("LimitExceeded") },
  { BV_ERROR_BUSY, NAME ("Busy") },
  { BV_ERROR_IMAGE_UNAVAILABLE, NAME ("ImageUnavailable") },
  { BV_ERROR_INTERNAL, NAME ("Internal") },
};

G_STATIC_ASSERT (G_N_ELEMENTS (entries) == BV_N_ERRORS);

/**
 * bv_error_quark:
 *
 * The error domain; the first call registers its D-Bus names.
 *
 * Returns: the quark of %BV_ERROR
 *
 * Since: 1.0
 */
GQuark
bv_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("bv-error-quark", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark)quark;
}
