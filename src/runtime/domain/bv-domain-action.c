/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-action.h"

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "runtime/domain/bv-domain-request.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

/* How long a guest's agent has for its answer. */
#define AGENT_SECONDS 5

typedef struct
{
  guint flag;
  guint libvirt;
} FlagRow;

static const FlagRow undefine_flags[] = {
  { BV_DOMAIN_UNDEFINE_KEEP_NVRAM, VIR_DOMAIN_UNDEFINE_KEEP_NVRAM },
  { BV_DOMAIN_UNDEFINE_REMOVE_NVRAM, VIR_DOMAIN_UNDEFINE_NVRAM },
  { BV_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA, VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA },
  { BV_DOMAIN_UNDEFINE_MANAGED_SAVE, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE },
};

/* Other drivers, such as `test`, refuse flags that only QEMU's has a use for. */
static gboolean
is_qemu (virDomainPtr domain)
{
  return g_strcmp0 (virConnectGetType (virDomainGetConnect (domain)), "QEMU") == 0;
}

/* Without a limit of its own, libvirt waits for an agent for ever. */
static void
limit_agent (virDomainPtr domain)
{
  if (virDomainAgentSetResponseTimeout (domain, AGENT_SECONDS, 0) < 0)
    g_debug ("libvirt: %s", virGetLastErrorMessage ());
}

static guint
prepare_power (virDomainPtr domain, guint mode, guint by_agent, guint by_button)
{
  if (mode != BV_DOMAIN_POWER_AGENT)
    return is_qemu (domain) ? by_button : 0;
  limit_agent (domain);
  return by_agent;
}

static gboolean
shut_down (virDomainPtr domain, guint mode, GError **error)
{
  const char *name = virDomainGetName (domain);
  guint flags = prepare_power (domain, mode, VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
                               VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN);

  return virDomainShutdownFlags (domain, flags) == 0 ||
         bv_set_error_from_libvirt (
             error, _ ("The guest of the domain %s cannot be asked to shut down"), name);
}

static gboolean
reboot (virDomainPtr domain, guint mode, GError **error)
{
  const char *name = virDomainGetName (domain);
  guint flags =
      prepare_power (domain, mode, VIR_DOMAIN_REBOOT_GUEST_AGENT, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN);

  return virDomainReboot (domain, flags) == 0 ||
         bv_set_error_from_libvirt (
             error, _ ("The guest of the domain %s cannot be asked to restart"), name);
}

static gboolean
reset (virDomainPtr domain, guint flags, GError **error)
{
  const char *name = virDomainGetName (domain);

  return virDomainReset (domain, 0) == 0 ||
         bv_set_error_from_libvirt (error, _ ("The domain %s cannot be reset"), name);
}

static gboolean
suspend (virDomainPtr domain, guint flags, GError **error)
{
  const char *name = virDomainGetName (domain);

  return virDomainSuspend (domain) == 0 ||
         bv_set_error_from_libvirt (error, _ ("The domain %s cannot be paused"), name);
}

static gboolean
resume (virDomainPtr domain, guint flags, GError **error)
{
  const char *name = virDomainGetName (domain);

  return virDomainResume (domain) == 0 ||
         bv_set_error_from_libvirt (error, _ ("The domain %s cannot go on"), name);
}

static gboolean
destroy (virDomainPtr domain, guint how, GError **error)
{
  const char *name = virDomainGetName (domain);
  guint flags = how == BV_DOMAIN_DESTROY_GRACEFUL ? VIR_DOMAIN_DESTROY_GRACEFUL : 0;

  return virDomainDestroyFlags (domain, flags) == 0 ||
         bv_set_error_from_libvirt (error, _ ("The domain %s cannot be ended"), name);
}

static gboolean
undefine (virDomainPtr domain, guint wanted, GError **error)
{
  const char *name = virDomainGetName (domain);
  guint flags = VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;

  for (gsize i = 0; i < G_N_ELEMENTS (undefine_flags); i++)
    if ((wanted & undefine_flags[i].flag) != 0)
      flags |= undefine_flags[i].libvirt;
  if (!is_qemu (domain))
    flags &= VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
  return virDomainUndefineFlags (domain, flags) == 0 ||
         bv_set_error_from_libvirt (error, _ ("The domain %s cannot be undefined"), name);
}

static const struct
{
  gboolean (*act) (virDomainPtr domain, guint flags, GError **error);
  gboolean has_mode; /* its flags are a BvDomainPowerMode */
  gboolean needs_running;
} actions[] = {
  [BV_DOMAIN_SHUTDOWN_GUEST] = { shut_down, .has_mode = TRUE, .needs_running = TRUE },
  [BV_DOMAIN_REBOOT_GUEST] = { reboot, .has_mode = TRUE, .needs_running = TRUE },
  [BV_DOMAIN_RESET_GUEST] = { reset, .needs_running = TRUE },
  [BV_DOMAIN_SUSPEND] = { suspend, .needs_running = TRUE },
  [BV_DOMAIN_RESUME] = { resume, .needs_running = TRUE },
  [BV_DOMAIN_DESTROY] = { destroy, .needs_running = TRUE },
  [BV_DOMAIN_UNDEFINE] = { undefine },
};

gboolean
bv_domain_action_is_by_agent (BvDomainAction action, guint flags)
{
  return actions[action].has_mode && flags == BV_DOMAIN_POWER_AGENT;
}

/* libvirt has one number for all that a domain's state forbids; that the guest does not run is
 * worth one of its own. */
static void
mark_not_running (virDomainPtr domain, GError *error)
{
  if ((error->code == BV_ERROR_CONFLICT || error->code == BV_ERROR_FAILED) &&
      virDomainIsActive (domain) == 0)
    error->code = BV_ERROR_NOT_RUNNING;
}

gpointer
bv_domain_action_call (virConnectPtr handle, gpointer request, GCancellable *cancellable,
                       GError **error)
{
  BvDomainRequest *self = request;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (self, handle, error);
  GError *failure = NULL;

  if (domain == NULL)
    return NULL;
  if (actions[self->action].act (domain, self->flags, &failure))
    return GINT_TO_POINTER (TRUE);
  if (actions[self->action].needs_running)
    mark_not_running (domain, failure);
  g_propagate_error (error, failure);
  return NULL;
}
