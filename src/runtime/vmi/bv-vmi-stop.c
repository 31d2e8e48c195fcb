/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-vmi-private.h"

#define DEFAULT_GRACE_SECONDS 30

/* How a VMI is ended: bv_vmi_runtime_stop() and what follows from it. */

gint64
bv_vmi_runtime_get_grace_seconds (BvVmiRuntime *self)
{
  const BvApiVirtualMachineInstanceSpec *spec =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec;

  if (self->status->grace_period >= 0)
    return self->status->grace_period;
  return bv_api_virtual_machine_instance_spec_has_termination_grace_period_seconds (spec)
             ? spec->termination_grace_period_seconds
             : DEFAULT_GRACE_SECONDS;
}

static void
shutdown_asked_cb (BvVmiRuntime *self)
{
  bv_vmi_runtime_tell (self, "Normal", "ShuttingDown", _ ("The guest was asked to shut down."));
}

static void
shutdown_killed_cb (BvVmiRuntime *self)
{
  bv_vmi_runtime_tell (self, "Normal", "Deleted",
                       _ ("The guest was ended, its grace period being over."));
}

static void
shutdown_failed_cb (BvVmiRuntime *self, const GError *error)
{
  bv_vmi_runtime_tell (self, "Warning", "SyncFailed", error->message);
}

/* What was begun before the service began is not given its time anew. */
static gint64
get_grace_left (BvVmiRuntime *self)
{
  gint64 passed = g_get_real_time () - self->status->shutdown_started;

  return MAX (bv_vmi_runtime_get_grace_seconds (self) - MAX (passed, 0) / G_USEC_PER_SEC, 0);
}

static void
begin_shutdown (BvVmiRuntime *self)
{
  self->shutdown = bv_shutdown_new (self->environment->connection, self->domain_name,
                                    self->info->uuid, get_grace_left (self));
  g_signal_connect_object (self->shutdown, "asked", G_CALLBACK (shutdown_asked_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->shutdown, "killed", G_CALLBACK (shutdown_killed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->shutdown, "failed", G_CALLBACK (shutdown_failed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->shutdown, "finished", G_CALLBACK (bv_vmi_runtime_refresh), self,
                           G_CONNECT_SWAPPED);
  bv_shutdown_set_by_agent (self->shutdown, bv_vmi_runtime_get_agent (self) != NULL);
  bv_shutdown_set_domain_state (self->shutdown, self->info->state);
  bv_shutdown_start (self->shutdown);
}

/* What is under way ends first; a migration is told to. */
void
bv_vmi_runtime_continue_stop (BvVmiRuntime *self)
{
  if (self->starting || bv_vmi_status_is_final (self->status))
    return;
  if (self->status->migration != NULL)
    {
      bv_vmi_runtime_notify (self);
      return;
    }
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED)
    return;
  if (self->info == NULL || !bv_domain_state_is_active (self->info->state))
    {
      bv_vmi_runtime_set_phase (self,
                                self->status->cancelled ? BV_PHASE_FAILED : BV_PHASE_SUCCEEDED,
                                self->status->cancelled ? "Cancelled" : "Stopped");
      bv_vmi_runtime_clean_up (self);
    }
  else if (self->shutdown == NULL)
    begin_shutdown (self);
  else
    bv_shutdown_shorten (self->shutdown, get_grace_left (self));
}

void
bv_vmi_runtime_stop (BvVmiRuntime *self, gint64 grace_period)
{
  gboolean first = self->status->shutdown_started == 0;

  if (bv_vmi_status_is_final (self->status))
    {
      bv_vmi_runtime_clean_up (self);
      return;
    }
  self->wanted = FALSE;
  self->status->stopping = TRUE;
  /* A later stop may only shorten the time, as in KubeVirt. */
  if (grace_period >= 0 && (first || grace_period < bv_vmi_runtime_get_grace_seconds (self)))
    self->status->grace_period = grace_period;
  if (first)
    self->status->shutdown_started = g_get_real_time ();
  bv_vmi_runtime_store_status (self);
  /* What is being prepared is not waited for longer than it takes to end it. */
  g_cancellable_cancel (self->preparing);
  bv_vmi_runtime_continue_stop (self);
}

/* Only a VMI that never ran: one that runs is stopped by its own ways. */
void
bv_vmi_runtime_cancel_start (BvVmiRuntime *self)
{
  if (bv_vmi_status_is_final (self->status) || bv_vmi_status_was_in (self->status, "Running"))
    return;
  self->status->cancelled = TRUE;
  bv_vmi_runtime_stop (self, 0);
}

gboolean
bv_vmi_runtime_shutdown (BvVmiRuntime *self, gint64 grace_period, GError **error)
{
  if (!bv_vmi_runtime_check_running (self, error))
    return FALSE;
  bv_vmi_runtime_stop (self, grace_period);
  return TRUE;
}
