/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-action.h"

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
bv_vmi_action_check (BvVmiAction action, const BvDomainInfo *domain, const char *what,
                     GError **error)
{
  gboolean paused = domain->state == BV_DOMAIN_PAUSED;

  if (action == BV_VMI_PAUSE && paused)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s is paused already. “barevirt unpause” lets it go on."), what);
  else if (action == BV_VMI_UNPAUSE && !paused)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s is not paused: it runs already."),
                 what);
  else if (action == BV_VMI_SOFT_REBOOT && !domain->agent_connected && !domain->has_acpi)
    g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                 _ ("The guest of %s cannot be asked to reboot: it has no power button, "
                    "and its agent does not answer. Reset it with “barevirt reset”, or install "
                    "qemu-guest-agent in it."),
                 what);
  else
    return TRUE;
  return FALSE;
}

static void
bv_vmi_action_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Where the agent could not do it, the power button may. */
static void
bv_vmi_action_agent_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GStrv domain = g_task_get_task_data (task);
  GError *error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else if (domain == NULL || g_error_matches (error, BV_ERROR, BV_ERROR_NOT_RUNNING) ||
           g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND))
    g_task_return_error (task, error);
  else
    {
      g_clear_error (&error);
      bv_domain_act_async (BV_CONNECTION (source), BV_DOMAIN_REBOOT_GUEST, domain[0], domain[1],
                           BV_DOMAIN_POWER_ACPI, NULL, bv_vmi_action_done_cb,
                           g_steal_pointer (&task));
    }
}

void
bv_vmi_action_async (BvConnection *connection, BvVmiAction action, const BvDomainInfo *domain,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (connection, NULL, callback, user_data);
  const char *const names[] = { domain->name, domain->uuid, NULL };

  g_task_set_source_tag (task, bv_vmi_action_async);
  if (action == BV_VMI_SOFT_REBOOT && domain->agent_connected)
    {
      if (domain->has_acpi)
        g_task_set_task_data (task, g_strdupv ((char **)names), (GDestroyNotify)g_strfreev);
      bv_domain_act_async (connection, BV_DOMAIN_REBOOT_GUEST, domain->name, domain->uuid,
                           BV_DOMAIN_POWER_AGENT, NULL, bv_vmi_action_agent_asked_cb, task);
    }
  else
    bv_domain_act_async (connection, actions[action].action, domain->name, domain->uuid,
                         actions[action].flags, NULL, bv_vmi_action_done_cb, task);
}

gboolean
bv_vmi_action_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
