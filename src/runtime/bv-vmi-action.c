/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vmi-action.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

typedef gboolean (*Finish) (BvConnection *connection, GAsyncResult *result, GError **error);

static const struct
{
  Finish finish;
  const char *reason;
  const char *message;
} actions[] = {
  [BV_VMI_PAUSE] = { bv_domain_suspend_finish, "Paused", N_ ("VirtualMachineInstance paused.") },
  [BV_VMI_UNPAUSE] = { bv_domain_resume_finish, "Unpaused",
                       N_ ("VirtualMachineInstance unpaused.") },
  [BV_VMI_RESET] = { bv_domain_reset_finish, "Reset", N_ ("VirtualMachineInstance reset.") },
  [BV_VMI_SOFT_REBOOT] = { bv_domain_reboot_finish, "SoftRebooted",
                           N_ ("VirtualMachineInstance asked to reboot.") },
  [BV_VMI_KILL] = { bv_domain_destroy_finish, "Deleted", N_ ("VirtualMachineInstance stopping.") },
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

static void
bv_vmi_action_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvVmiAction action = GPOINTER_TO_INT (g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;

  if (actions[action].finish (BV_CONNECTION (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
begin (BvConnection *connection, BvVmiAction action, const BvDomainInfo *domain, GTask *task)
{
  BvDomainPowerMode mode = domain->agent_connected ? BV_DOMAIN_POWER_AGENT : BV_DOMAIN_POWER_ACPI;

  switch (action)
    {
    case BV_VMI_PAUSE:
      bv_domain_suspend_async (connection, domain->name, NULL, bv_vmi_action_done_cb, task);
      break;
    case BV_VMI_UNPAUSE:
      bv_domain_resume_async (connection, domain->name, NULL, bv_vmi_action_done_cb, task);
      break;
    case BV_VMI_RESET:
      bv_domain_reset_async (connection, domain->name, NULL, bv_vmi_action_done_cb, task);
      break;
    case BV_VMI_SOFT_REBOOT:
      bv_domain_reboot_async (connection, domain->name, mode, NULL, bv_vmi_action_done_cb, task);
      break;
    case BV_VMI_KILL:
    default:
      bv_domain_destroy_async (connection, domain->name, TRUE, NULL, bv_vmi_action_done_cb, task);
      break;
    }
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
  GTask *task = g_task_new (connection, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_vmi_action_async);
  g_task_set_task_data (task, GINT_TO_POINTER (action), NULL);
  begin (connection, action, domain, task);
}

gboolean
bv_vmi_action_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
