/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-virtual-machine.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/live/bv-live-update.h"
#include "runtime/vm/bv-vm-status.h"

/* What people are told of a VM: its conditions and its printable status. */

/* These are the VM's own; all others it has from its VMI. */
static const char *const own_conditions[] = { "Ready", "Failure", "RestartRequired",
                                              "ManualRecoveryRequired", NULL };

static void
update_ready (BvVmRuntime *self, BvConditions *vmi)
{
  if (vmi == NULL)
    bv_conditions_set (self->conditions, "Ready", FALSE, "VMINotExists",
                       _ ("There is no VirtualMachineInstance now."));
  else
    bv_conditions_set (self->conditions, "Ready", bv_conditions_is_true (vmi, "Ready"),
                       bv_conditions_get_reason (vmi, "Ready"),
                       bv_conditions_get_message (vmi, "Ready"));
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
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  BvLiveGuest guest = bv_vmi_runtime_get_live_guest (self->vmi_runtime);

  guest.reasons = reasons;
  guest.copies_volumes = bv_live_update_copies_volumes (bv_entry_get_object (self->entry));
  g_clear_pointer (&self->restart_reasons, g_free);
  self->restart_required = FALSE;
  self->live_wanted = FALSE;
  if (g_strcmp0 (bv_conditions_get_reason (self->conditions, "Failure"), "FailedUpdate") == 0)
    bv_conditions_remove (self->conditions, "Failure");
  if (started == NULL || wanted == NULL)
    return;
  bv_vmi_runtime_settle_copies (self->vmi_runtime, wanted);
  self->live_wanted = bv_live_update_carry (
      BV_VMI (started), wanted, bv_config_get_policy (self->environment->config), &guest);
  self->restart_required = bv_change_rules_need_restart (started, BV_OBJECT (wanted));
  if (reasons->len > 0)
    {
      g_ptr_array_add (reasons, NULL);
      self->restart_reasons = g_strjoinv (" ", (char **)reasons->pdata);
    }
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

/* As in KubeVirt, memory that was refused for good comes with the next start. */
static gboolean
has_refused_memory (BvVmRuntime *self)
{
  return self->vmi_runtime != NULL &&
         bv_conditions_get_reason (bv_vmi_runtime_get_conditions (self->vmi_runtime),
                                   "HotMemoryChange") != NULL &&
         !bv_conditions_is_true (bv_vmi_runtime_get_conditions (self->vmi_runtime),
                                 "HotMemoryChange");
}

/* While volumes are copied a restart would end that, and the VM would not start before somebody
 * has chosen a claim. */
static gboolean
copies_volumes (BvVmRuntime *self)
{
  return self->vmi_runtime != NULL &&
         g_hash_table_size (bv_vmi_runtime_get_status (self->vmi_runtime)->copies) > 0;
}

static void
tell_restart_required (BvVmRuntime *self)
{
  g_autofree char *message = NULL;

  if (self->restart_reasons != NULL && copies_volumes (self))
    message = g_strdup (self->restart_reasons);
  else if (self->restart_reasons != NULL)
    message = g_strdup_printf (_ ("%s Restart the VirtualMachine to put its template into effect."),
                               self->restart_reasons);
  else if (!self->restart_required)
    message = g_strdup (_ ("No memory can be plugged into the guest. Restart the VirtualMachine to "
                           "put its template into effect."));
  else
    message = g_strdup (_ ("A field of the template was changed that cannot change while the guest "
                           "runs. Restart the VirtualMachine to put it into effect."));
  bv_conditions_set (self->conditions, "RestartRequired", TRUE, NULL, message);
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
  else if (self->compared != bv_entry_get_generation (self->entry) ||
           self->seen_copies != bv_vmi_runtime_get_copies_serial (self->vmi_runtime))
    {
      self->seen_copies = bv_vmi_runtime_get_copies_serial (self->vmi_runtime);
      compare_with_template (self);
      self->compared = bv_entry_get_generation (self->entry);
    }
  if (self->live_wanted)
    follow_template (self);
  if (self->restart_required || has_refused_memory (self))
    tell_restart_required (self);
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
    .expecting = self->hooks.is_expecting (self->entry, self->hooks.user_data),
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
  bv_vm_runtime_update_recovery (self);
  bv_conditions_follow (self->conditions, vmi != NULL ? vmi : none, own_conditions);
}
