/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/vm/bv-vm-requests.h"

/* What callers ask of a VM: bv_vm_runtime_start(), _stop() and _restart(). */

static void
change_strategy (BvVmRuntime *self, const char *strategy)
{
  g_autoptr (BvObject) object = bv_object_copy (bv_entry_get_object (self->entry));

  if (g_str_equal (bv_vm_runtime_get_strategy (self), strategy))
    return;
  bv_vm_strategy_set (object, strategy);
  self->hooks.replace_object (self->entry, object, self->hooks.user_data);
}

static gboolean
check_deleted (BvVmRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);

  if (bv_entry_get_deleted (self->entry) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s is being deleted."), what);
  return FALSE;
}

/* WHAT is to live as long as FACTS. */
static void
get_facts (BvVmRuntime *self, const char *what, BvVmRequestFacts *facts)
{
  *facts = (BvVmRequestFacts){
    .what = what,
    .strategy = bv_vm_runtime_get_strategy (self),
    .vmi = self->creating ? BV_VM_VMI_ALIVE : bv_vm_runtime_get_vmi_state (self),
    .request = self->request,
    .recovers = bv_vm_runtime_needs_recovery (self),
  };
  if (self->vmi_runtime != NULL)
    facts->grace_period = bv_vmi_runtime_get_grace_seconds (self->vmi_runtime);
}

/* Cancelling a start is KubeVirt's stop of a VM that starts. */
static void
bv_vm_runtime_cancel_start_cb (BvVmRuntime *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_vm_runtime_stop (self, 0, &error);

  if (job == NULL)
    g_info ("%s", error->message);
  else if (self->vmi_runtime != NULL)
    bv_vmi_runtime_cancel_start (self->vmi_runtime);
}

/* The job of the start that is under way, or a new one; the caller owns it. */
BvJob *
bv_vm_runtime_ensure_start_job (BvVmRuntime *self, const char *operation)
{
  if (self->start_job == NULL)
    {
      self->start_job = bv_job_new (operation, self->entry);
      g_signal_connect_object (self->start_job, "cancel",
                               G_CALLBACK (bv_vm_runtime_cancel_start_cb), self, G_CONNECT_SWAPPED);
    }
  return g_object_ref (self->start_job);
}

/* PAUSED: the guest's CPUs stay stopped. */
BvJob *
bv_vm_runtime_start (BvVmRuntime *self, gboolean paused, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autoptr (BvJob) job = NULL;
  BvVmRequestFacts facts;

  get_facts (self, what, &facts);
  if (!check_deleted (self, error) || !bv_vm_requests_check_start (&facts, error))
    return NULL;
  job = bv_vm_runtime_ensure_start_job (self, "start");
  self->start_paused = paused;
  bv_vm_runtime_forget_failures (self);
  if (g_str_equal (facts.strategy, "Halted"))
    change_strategy (self, "Always");
  else
    self->request = BV_VM_REQUEST_START;
  bv_vm_runtime_store_status (self);
  bv_vm_runtime_reconcile (self);
  return g_steal_pointer (&job);
}

/* GRACE_PERIOD in seconds; -1: as the VMI's spec says. */
BvJob *
bv_vm_runtime_stop (BvVmRuntime *self, gint64 grace_period, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autoptr (BvJob) job = NULL;
  BvVmRequestFacts facts;

  get_facts (self, what, &facts);
  if (!check_deleted (self, error) || !bv_vm_requests_check_stop (&facts, grace_period, error))
    return NULL;
  if (self->stop_job == NULL)
    self->stop_job = bv_job_new ("stop", self->entry);
  job = g_object_ref (self->stop_job);
  self->grace_period = grace_period;
  bv_vm_runtime_forget_failures (self);
  if (bv_vm_strategy_stops_by_change (facts.strategy))
    change_strategy (self, "Halted");
  else if (!g_str_equal (facts.strategy, "Halted"))
    self->request = BV_VM_REQUEST_STOP;
  bv_vm_runtime_store_status (self);
  if (self->vmi == NULL && !self->creating)
    bv_job_end (&self->stop_job, NULL);
  else if (self->deleting)
    self->hooks.delete_vmi (self->vmi, grace_period, self->hooks.user_data);
  bv_vm_runtime_reconcile (self);
  return g_steal_pointer (&job);
}

BvJob *
bv_vm_runtime_restart (BvVmRuntime *self, gint64 grace_period, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autoptr (BvJob) job = NULL;
  BvVmRequestFacts facts;

  get_facts (self, what, &facts);
  if (!check_deleted (self, error) || !bv_vm_requests_check_restart (&facts, error))
    return NULL;
  job = bv_vm_runtime_ensure_start_job (self, "restart");
  self->grace_period = grace_period;
  self->start_paused = FALSE;
  bv_vm_runtime_forget_failures (self);
  self->request = BV_VM_REQUEST_RESTART;
  bv_vm_runtime_store_status (self);
  bv_vm_runtime_reconcile (self);
  return g_steal_pointer (&job);
}
