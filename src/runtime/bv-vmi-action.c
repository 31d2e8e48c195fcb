/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vmi-action.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

static const struct
{
  BvDomainAction action;
  guint flags;
  const char *reason;
  const char *message;
} actions[] = {
  [BV_VMI_PAUSE] = { BV_DOMAIN_SUSPEND, 0, "Paused", N_ ("VirtualMachineInstance paused.") },
  [BV_VMI_UNPAUSE] = { BV_DOMAIN_RESUME, 0, "Unpaused", N_ ("VirtualMachineInstance unpaused.") },
  [BV_VMI_RESET] = { BV_DOMAIN_RESET_GUEST, 0, "Reset", N_ ("VirtualMachineInstance reset.") },
  [BV_VMI_SOFT_REBOOT] = { BV_DOMAIN_REBOOT_GUEST, BV_DOMAIN_POWER_ACPI, "SoftRebooted",
                           N_ ("VirtualMachineInstance asked to reboot.") },
  [BV_VMI_KILL] = { BV_DOMAIN_DESTROY, BV_DOMAIN_DESTROY_GRACEFUL, "Deleted",
                    N_ ("VirtualMachineInstance stopping.") },
};

const char *
bv_vmi_action_get_reason (BvVmiAction action)
{
  return actions[action].reason;
}

const char *
bv_vmi_action_get_message (BvVmiAction action)
{
  return _ (actions[action].message);
}

/* What is so already is refused, as by KubeVirt: two who pause a guest must not think that each of
 * them did. */
gboolean
bv_vmi_action_check (BvVmiAction action, const BvDomainInfo *domain, GError **error)
{
  gboolean paused = domain->state == BV_DOMAIN_PAUSED;

  if (action == BV_VMI_PAUSE && paused)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("The guest of %s is paused already."),
                 domain->name);
  else if (action == BV_VMI_UNPAUSE && !paused)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("The guest of %s is not paused."),
                 domain->name);
  else if (action == BV_VMI_SOFT_REBOOT && !domain->agent_connected && !domain->has_acpi)
    g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                 _ ("The guest of %s cannot be asked to reboot: it has no power button, "
                    "and its agent does not answer. Reset it, or install the agent."),
                 domain->name);
  else
    return TRUE;
  return FALSE;
}

void
bv_vmi_action_async (BvConnection *connection, BvVmiAction action, const BvDomainInfo *domain,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  guint flags = actions[action].flags;

  if (action == BV_VMI_SOFT_REBOOT && domain->agent_connected)
    flags = BV_DOMAIN_POWER_AGENT;
  bv_domain_act_async (connection, actions[action].action, domain->name, domain->uuid, flags, NULL,
                       callback, user_data);
}

gboolean
bv_vmi_action_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_domain_act_finish (connection, result, error);
}
