/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-virtual-machine.h"
#include "runtime/bv-change-rules.h"
#include "runtime/bv-live-update.h"
#include "runtime/bv-vm-status.h"

/* What people are told of a VM: its conditions and its printable status. */

/* These are the VM's own; all others it has from its VMI. */
static const char *const own_conditions[] = { "Ready", "Failure", "RestartRequired", NULL };

static void
update_ready (BvVmRuntime *self, BvConditions *vmi)
{
  if (vmi == NULL)
    bv_conditions_set (self->conditions, "Ready", FALSE, "VMINotExists",
                       _ ("There is no VirtualMachineInstance now."));
  else if (bv_conditions_is_true (vmi, "Ready"))
    bv_conditions_set (self->conditions, "Ready", TRUE, NULL, NULL);
  else
    bv_conditions_set (self->conditions, "Ready", FALSE, "GuestNotRunning",
                       _ ("The guest does not run."));
}

/* The VMI as it was made, or as it followed the template since, is what its guest is; what the
 * template makes of it now is what it would be started with. What can follow while the guest runs
 * does; the rest needs a restart. */
static void
compare_with_template (BvVmRuntime *self)
{
  g_autoptr (BvObject) started = bv_entry_parse_applied (self->vmi);
  g_autoptr (BvVmi) wanted =
      bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (bv_entry_get_object (self->entry)));

  self->restart_required = FALSE;
  self->live_wanted = FALSE;
  if (g_strcmp0 (bv_conditions_get_reason (self->conditions, "Failure"), "FailedUpdate") == 0)
    bv_conditions_remove (self->conditions, "Failure");
  if (started == NULL || wanted == NULL)
    return;
  self->live_wanted = bv_live_update_carry (BV_VMI (started), wanted,
                                            bv_config_get_policy (self->environment->config));
  self->restart_required = bv_change_rules_need_restart (started, BV_OBJECT (wanted));
}

/* As in KubeVirt, only a guest that runs follows; until then the wish stays. */
static void
follow_template (BvVmRuntime *self)
{
  if (bv_vmi_runtime_get_phase (self->vmi_runtime) != BV_PHASE_RUNNING)
    return;
  self->live_wanted = FALSE;
  self->hooks.update_vmi (self->entry, self->hooks.user_data);
}

static void
update_restart_required (BvVmRuntime *self)
{
  if (bv_vm_runtime_get_vmi_state (self) != BV_VM_VMI_ALIVE || self->deleting)
    {
      self->restart_required = FALSE;
      self->live_wanted = FALSE;
      self->compared = 0;
    }
  else if (self->compared != bv_entry_get_generation (self->entry))
    {
      compare_with_template (self);
      self->compared = bv_entry_get_generation (self->entry);
    }
  if (self->live_wanted)
    follow_template (self);
  if (self->restart_required)
    bv_conditions_set (self->conditions, "RestartRequired", TRUE, NULL,
                       _ ("A field of the template was changed that cannot change while the guest "
                          "runs. Restart the VirtualMachine to put it into effect."));
  else
    bv_conditions_remove (self->conditions, "RestartRequired");
}

/* Of a VMI of which no more is known than its conditions. */
static void
read_conditions (BvConditions *vmi, BvVmStatusInput *input)
{
  input->paused = bv_conditions_is_true (vmi, "Paused");
  input->provisioning = bv_conditions_is_true (vmi, "Provisioning");
  if (!bv_conditions_is_true (vmi, "Synchronized"))
    input->sync_reason = bv_conditions_get_reason (vmi, "Synchronized");
}

static const char *
compute_printable_status (BvVmRuntime *self)
{
  const char *strategy = bv_vm_runtime_get_strategy (self);
  BvVmStatusInput input = {
    .deleted = bv_entry_get_deleted (self->entry) != 0,
    .has_vmi = self->vmi != NULL,
    .creating = self->creating,
    .crash_looping = self->failures > 0 && bv_vm_strategy_counts_failures (strategy),
    .receiver = g_str_equal (strategy, "WaitAsReceiver"),
  };

  if (self->vmi_runtime != NULL)
    {
      input.phase = bv_vmi_runtime_get_phase (self->vmi_runtime);
      input.stopping = self->deleting || bv_vmi_runtime_get_status (self->vmi_runtime)->stopping;
      input.migrating = bv_vmi_runtime_is_migrating (self->vmi_runtime);
      input.unschedulable = bv_vmi_runtime_is_unschedulable (self->vmi_runtime);
      read_conditions (bv_vmi_runtime_get_conditions (self->vmi_runtime), &input);
    }
  return bv_vm_status_get_printable (&input);
}

void
bv_vm_runtime_update_conditions (BvVmRuntime *self)
{
  BvConditions *vmi =
      self->vmi_runtime != NULL ? bv_vmi_runtime_get_conditions (self->vmi_runtime) : NULL;
  g_autoptr (BvConditions) none = bv_conditions_new ();

  self->printable_status = compute_printable_status (self);
  update_ready (self, vmi);
  update_restart_required (self);
  bv_conditions_follow (self->conditions, vmi != NULL ? vmi : none, own_conditions);
}
