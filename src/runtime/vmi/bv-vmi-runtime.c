/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/domain/bv-domain-owner.h"
#include "runtime/live/bv-live-asked.h"
#include "runtime/vmi/bv-vmi-cleanup.h"
#include "runtime/vmi/bv-vmi-conditions.h"
#include "runtime/vmi/bv-vmi-networks.h"
#include "runtime/vmi/bv-vmi-size.h"
#include "runtime/vmi/bv-vmi-volumes.h"

G_DEFINE_FINAL_TYPE (BvVmiRuntime, bv_vmi_runtime, G_TYPE_OBJECT)

enum
{
  CHANGED,
  PHASE_CHANGED,
  EVENT,
  ENDED,
  CLAIM_RELEASED,
  JOB_ADDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_vmi_runtime_dispose (GObject *object)
{
  BvVmiRuntime *self = BV_VMI_RUNTIME (object);

  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->io_retry_id, g_source_remove);
  g_clear_handle_id (&self->live_retry_id, g_source_remove);
  g_clear_handle_id (&self->copy_look_id, g_source_remove);
  g_clear_pointer (&self->addresses_timer, bv_timer_cancel);
  g_clear_handle_id (&self->thaw_id, g_source_remove);
  g_cancellable_cancel (self->preparing);
  g_clear_object (&self->preparing);
  g_clear_object (&self->start_job);
  g_clear_object (&self->shutdown);
  bv_vmi_runtime_drop_console (self);
  bv_vmi_runtime_drop_agent (self);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_vmi_runtime_parent_class)->dispose (object);
}

static void
bv_vmi_runtime_finalize (GObject *object)
{
  BvVmiRuntime *self = BV_VMI_RUNTIME (object);

  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->status, bv_vmi_status_free);
  g_clear_pointer (&self->conditions, bv_conditions_free);
  g_clear_pointer (&self->panics, g_hash_table_unref);
  for (guint i = 0; i < BV_N_HANDOUTS; i++)
    g_clear_pointer (&self->handouts[i], g_array_unref);
  g_clear_object (&self->copy_job);
  g_clear_object (&self->dump_job);
  g_free (self->dump_claim);
  g_clear_pointer (&self->info, bv_domain_info_free);
  g_clear_pointer (&self->volume_status, g_variant_unref);
  g_clear_pointer (&self->interfaces, g_ptr_array_unref);
  g_clear_pointer (&self->interface_status, g_variant_unref);
  g_clear_pointer (&self->seen_addresses, g_hash_table_unref);
  g_hash_table_unref (self->live_asked);
  g_free (self->domain_name);
  G_OBJECT_CLASS (bv_vmi_runtime_parent_class)->finalize (object);
}

static void
bv_vmi_runtime_class_init (BvVmiRuntimeClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_vmi_runtime_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_vmi_runtime_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[PHASE_CHANGED] =
      g_signal_new ("phase-changed", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[EVENT] = g_signal_new ("event", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[ENDED] = g_signal_new ("ended", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  signals[CLAIM_RELEASED] = g_signal_new ("claim-released", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[JOB_ADDED] = g_signal_new ("job-added", BV_TYPE_VMI_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, BV_TYPE_JOB);
}

static void
bv_vmi_runtime_init (BvVmiRuntime *self)
{
  self->conditions = bv_conditions_new ();
  self->live_asked = bv_live_asked_new ();
}

/* Takes STATUS. */
BvVmiRuntime *
bv_vmi_runtime_new (BvEnvironment *environment, BvEntry *entry, BvVmiStatus *status)
{
  BvVmiRuntime *self = g_object_new (BV_TYPE_VMI_RUNTIME, NULL);
  BvObject *object = bv_entry_get_object (entry);

  self->environment = bv_environment_ref (environment);
  self->entry = g_object_ref (entry);
  self->status = status;
  self->wanted = !status->stopping && !bv_vmi_status_is_final (status);
  self->domain_name =
      g_strdup_printf ("%s_%s", bv_object_get_namespace (object), bv_object_get_name (object));
  if (status->runtime_directory == NULL)
    status->runtime_directory =
        g_build_filename (environment->runtime_directory, bv_object_get_uid (object), NULL);
  bv_conditions_set (self->conditions, "Ready", FALSE, "GuestNotRunning",
                     _ ("The guest does not run."));
  bv_vmi_runtime_update_volumes (self);
  bv_vmi_runtime_restore_resources (self);
  bv_vmi_runtime_update_interfaces (self);
  return self;
}

BvEntry *
bv_vmi_runtime_get_entry (BvVmiRuntime *self)
{
  return self->entry;
}

const BvVmiStatus *
bv_vmi_runtime_get_status (BvVmiRuntime *self)
{
  return self->status;
}

BvPhase
bv_vmi_runtime_get_phase (BvVmiRuntime *self)
{
  return bv_phase_from_string (self->status->phase);
}

BvConditions *
bv_vmi_runtime_get_conditions (BvVmiRuntime *self)
{
  return self->conditions;
}

BvGuestAgent *
bv_vmi_runtime_get_agent (BvVmiRuntime *self)
{
  if (self->agent == NULL || !bv_guest_agent_is_responsive (self->agent) ||
      bv_guest_agent_get_info (self->agent) == NULL)
    return NULL;
  return self->agent;
}

/* The domain as last seen, or NULL. */
const BvDomainInfo *
bv_vmi_runtime_get_domain (BvVmiRuntime *self)
{
  return self->info;
}

/* KubeVirt's volumeStatus. */
GVariant *
bv_vmi_runtime_get_volume_status (BvVmiRuntime *self)
{
  return self->volume_status;
}

const char *
bv_vmi_runtime_get_domain_name (BvVmiRuntime *self)
{
  return self->domain_name;
}

/* Whether it is final and nothing of it is left in libvirt. */
gboolean
bv_vmi_runtime_is_over (BvVmiRuntime *self)
{
  return self->over;
}

gboolean
bv_vmi_runtime_is_active (BvVmiRuntime *self)
{
  BvPhase phase = bv_vmi_runtime_get_phase (self);

  return self->starting || phase == BV_PHASE_RUNNING || phase == BV_PHASE_SCHEDULED ||
         (self->info != NULL && bv_domain_state_is_active (self->info->state));
}

/* Whether the host lacks what it needs. */
gboolean
bv_vmi_runtime_is_unschedulable (BvVmiRuntime *self)
{
  return self->unschedulable;
}

/* The job of the start that is under way, or NULL. */
BvJob *
bv_vmi_runtime_dup_start_job (BvVmiRuntime *self)
{
  return self->start_job != NULL ? g_object_ref (self->start_job) : NULL;
}

char *
bv_vmi_runtime_dup_status_json (BvVmiRuntime *self)
{
  return bv_vmi_status_to_json (self->status);
}

void
bv_vmi_runtime_tell (BvVmiRuntime *self, const char *type, const char *reason, const char *message)
{
  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
  g_signal_emit (self, signals[EVENT], 0, type, reason, message);
}

static void
bv_vmi_runtime_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    bv_vmi_runtime_tell (self, "Warning", "StoreFailed", error->message);
}

BvStoreBatch *
bv_vmi_runtime_make_status_batch (BvVmiRuntime *self)
{
  g_autofree char *json = bv_vmi_status_to_json (self->status);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  return batch;
}

void
bv_vmi_runtime_store_status (BvVmiRuntime *self)
{
  bv_store_write_async (self->environment->store, bv_vmi_runtime_make_status_batch (self),
                        bv_vmi_runtime_stored_cb, g_object_ref (self));
}

void
bv_vmi_runtime_notify (BvVmiRuntime *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
bv_vmi_runtime_release_claim (BvVmiRuntime *self, const char *name)
{
  g_signal_emit (self, signals[CLAIM_RELEASED], 0, name);
}

void
bv_vmi_runtime_add_job (BvVmiRuntime *self, BvJob *job)
{
  g_signal_emit (self, signals[JOB_ADDED], 0, job);
}

static void
enter_running (BvVmiRuntime *self)
{
  bv_vmi_runtime_update_ready (self);
  bv_conditions_remove (self->conditions, "Synchronized");
  bv_conditions_remove (self->conditions, "PodScheduled");
  bv_vmi_runtime_settle_resources (self);
  self->unschedulable = FALSE;
  self->retry_seconds = 0;
  bv_vmi_runtime_tell (self, "Normal", "Started", _ ("VirtualMachineInstance started."));
  bv_job_end (&self->start_job, NULL);
  bv_vmi_runtime_update_live (self);
}

/* KubeVirt's phase is Failed then, but nothing crashed. */
static gboolean
was_killed (BvVmiRuntime *self)
{
  return self->status->stopping && self->info != NULL &&
         self->info->reason == BV_DOMAIN_REASON_DESTROYED;
}

static void
tell_end (BvVmiRuntime *self, gboolean failed)
{
  if (self->status->cancelled)
    bv_vmi_runtime_tell (self, "Normal", "Stopped",
                         _ ("The start of the VirtualMachineInstance was cancelled."));
  else if (was_killed (self))
    bv_vmi_runtime_tell (self, failed ? "Warning" : "Normal", "Stopped",
                         _ ("The VirtualMachineInstance was ended, its time to shut down being "
                            "over."));
  else
    bv_vmi_runtime_tell (self, failed ? "Warning" : "Normal", "Stopped",
                         failed ? _ ("The VirtualMachineInstance crashed.")
                                : _ ("The VirtualMachineInstance was shut down."));
}

static void
enter_final (BvVmiRuntime *self, gboolean failed)
{
  g_autoptr (GError) ended = NULL;

  bv_conditions_set (self->conditions, "Ready", FALSE, "GuestNotRunning",
                     _ ("The guest does not run."));
  bv_conditions_remove (self->conditions, "Paused");
  bv_conditions_remove (self->conditions, "AgentConnected");
  bv_conditions_remove (self->conditions, "LiveMigratable");
  bv_conditions_remove (self->conditions, "StorageLiveMigratable");
  self->migration_method = NULL;
  bv_conditions_remove (self->conditions, "AgentVersionNotSupported");
  bv_conditions_remove (self->conditions, "VolumesChange");
  bv_vmi_runtime_end_copies (self);
  bv_vmi_runtime_drop_probes (self);
  self->wanted = FALSE;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->io_retry_id, g_source_remove);
  g_clear_handle_id (&self->live_retry_id, g_source_remove);
  g_clear_pointer (&self->addresses_timer, bv_timer_cancel);
  g_clear_object (&self->shutdown);
  bv_vmi_runtime_update_volumes (self);
  bv_vmi_runtime_update_interfaces (self);
  tell_end (self, failed);
  ended = self->status->stopping
              ? g_error_new (BV_ERROR, BV_ERROR_CANCELLED, _ ("%s was stopped before it ran."),
                             self->domain_name)
              : g_error_new (BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("%s ended before it ran."),
                             self->domain_name);
  bv_job_end (&self->start_job, ended);
}

void
bv_vmi_runtime_set_phase (BvVmiRuntime *self, BvPhase phase, const char *reason)
{
  g_autofree char *before = g_strdup (self->status->phase);

  if (!bv_vmi_status_set_phase (self->status, bv_phase_to_string (phase), reason))
    return;
  bv_vmi_runtime_measure_phase (self, before);
  bv_vmi_runtime_store_status (self);
  if (phase == BV_PHASE_RUNNING)
    enter_running (self);
  else if (bv_phase_is_final (phase))
    enter_final (self, phase == BV_PHASE_FAILED);
  bv_vmi_runtime_notify (self);
  g_signal_emit (self, signals[PHASE_CHANGED], 0, before, self->status->phase,
                 self->status->reason);
}

/* The end: on record first, then undefined, then the folder of its sockets. */

static void
become_over (BvVmiRuntime *self)
{
  if (self->over)
    return;
  self->over = TRUE;
  bv_vmi_runtime_release_resources (self);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
bv_vmi_runtime_cleaned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  self->cleaning = FALSE;
  if (!bv_vmi_cleanup_finish (result, &error))
    {
      /* Without libvirt the domain stays, and the next connection finds it. */
      bv_vmi_runtime_tell (self, "Warning", "CleanupFailed", error->message);
      return;
    }
  g_clear_pointer (&self->info, bv_domain_info_free);
  become_over (self);
}

void
bv_vmi_runtime_clean_up (BvVmiRuntime *self)
{
  if (self->cleaning || self->over || self->starting || self->updating_shares ||
      self->live_updating)
    return;
  self->cleaning = TRUE;
  bv_vmi_cleanup_async (self->environment, bv_vmi_runtime_make_status_batch (self),
                        BV_VMI (bv_entry_get_object (self->entry)), self->info,
                        self->status->runtime_directory, bv_vmi_runtime_cleaned_cb,
                        g_object_ref (self));
}

/* What the domain tells. */

static BvPhase
compute_phase (BvVmiRuntime *self, gboolean rediscovered)
{
  BvPhaseInput input = {
    .phase = bv_vmi_runtime_get_phase (self),
    .has_domain = self->info != NULL,
    .launcher = BV_LAUNCHER_UNRESPONSIVE,
    .grace_seconds = bv_vmi_runtime_get_grace_seconds (self),
    .rediscovered = rediscovered,
  };

  if (self->info == NULL && input.phase != BV_PHASE_RUNNING)
    return input.phase;
  if (self->status->migration != NULL &&
      (self->info == NULL || !bv_domain_state_is_active (self->info->state) ||
       self->info->reason == BV_DOMAIN_REASON_POSTCOPY_FAILED))
    return input.phase;
  /* A cancelled start does not get there any more, though its QEMU may run for a moment. */
  if (self->status->cancelled && !bv_vmi_status_was_in (self->status, "Running"))
    return bv_domain_state_is_active (self->info->state) ? input.phase : BV_PHASE_FAILED;
  if (self->info != NULL)
    {
      input.state = self->info->state;
      input.reason = self->info->reason;
      input.has_acpi = self->info->has_acpi;
    }
  return bv_phase_next (&input);
}

/* What it started with is stored with the phase that it enters now. */
static gboolean
update_size (BvVmiRuntime *self)
{
  if (self->info != NULL && bv_domain_state_is_active (self->info->state))
    self->status->guest_at_boot = self->info->size.guest_at_boot;
  return bv_vmi_size_update_conditions (self->conditions, self->status, self->info,
                                        BV_VMI (bv_entry_get_object (self->entry)));
}

/* Takes INFO, which is NULL where there is no domain. */
void
bv_vmi_runtime_take_info (BvVmiRuntime *self, BvDomainInfo *info, gboolean rediscovered)
{
  gboolean changed = bv_vmi_size_differs (self->info, info);

  g_clear_pointer (&self->info, bv_domain_info_free);
  self->info = info;
  if (bv_vmi_status_is_final (self->status))
    {
      bv_vmi_runtime_drop_console (self);
      bv_vmi_runtime_drop_agent (self);
      bv_vmi_runtime_clean_up (self);
      return;
    }
  if (info != NULL && !bv_domain_state_is_active (info->state))
    bv_vmi_runtime_close_copies (self);
  changed = bv_vmi_conditions_update (self->conditions, self->info, self->status->paused_by_user) ||
            changed;
  changed = update_size (self) || changed;
  bv_vmi_runtime_update_io_retry (self);
  changed = bv_vmi_runtime_update_volumes (self) || changed;
  changed = bv_vmi_runtime_update_interfaces (self) || changed;
  changed = bv_vmi_runtime_update_migratable (self) || changed;
  bv_vmi_runtime_update_console (self);
  bv_vmi_runtime_update_agent (self);
  bv_vmi_runtime_set_phase (self, compute_phase (self, rediscovered),
                            self->status->cancelled ? "Cancelled" : NULL);
  bv_vmi_runtime_update_probes (self);
  if (bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING)
    changed = bv_vmi_runtime_update_ready (self) || changed;
  if (bv_vmi_status_is_final (self->status))
    bv_vmi_runtime_clean_up (self);
  else if (changed)
    bv_vmi_runtime_notify (self);
}

static gboolean
owns_domain (BvVmiRuntime *self, const BvDomainInfo *info)
{
  g_autofree char *uid = bv_domain_owner_read_uid (info->metadata);

  return g_strcmp0 (uid, bv_object_get_uid (bv_entry_get_object (self->entry))) == 0;
}

/* A domain of our name that another made, or put in our place, is none of ours. */
BvDomainInfo *
bv_vmi_runtime_refresh_finish (BvVmiRuntime *self, GAsyncResult *result, BvConnection *connection,
                               GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (BvDomainInfo) info = bv_domain_get_info_finish (connection, result, &local);

  if (info == NULL && !g_error_matches (local, BV_ERROR, BV_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&local));
  return info != NULL && owns_domain (self, info) ? g_steal_pointer (&info) : NULL;
}

static void
bv_vmi_runtime_refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  BvDomainInfo *info = bv_vmi_runtime_refresh_finish (self, result, BV_CONNECTION (source), &error);
  gboolean again = self->refresh_again;

  self->refreshing = FALSE;
  self->refresh_again = FALSE;
  if (error == NULL && !self->starting)
    bv_vmi_runtime_take_info (self, info, FALSE);
  else
    g_clear_pointer (&info, bv_domain_info_free);
  if (again)
    bv_vmi_runtime_refresh (self);
  else if (self->devices_changed)
    {
      self->devices_changed = FALSE;
      bv_vmi_runtime_update_live (self);
    }
}

/* Asks for the domain's state; calls that come meanwhile share one more. A domain that is being
 * started counts as paused until libvirt is done, and is not looked at before. */
void
bv_vmi_runtime_refresh (BvVmiRuntime *self)
{
  if (self->starting)
    return;
  if (self->refreshing)
    {
      self->refresh_again = TRUE;
      return;
    }
  self->refreshing = TRUE;
  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_vmi_runtime_refreshed_cb, g_object_ref (self));
}

/* What the controller tells. */

static void
bv_vmi_runtime_networks_restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_networks_restore_finish (result, &error))
    bv_vmi_runtime_tell (self, "Warning", "SyncFailed", error->message);
  else if (bv_vmi_runtime_update_interfaces (self))
    bv_vmi_runtime_notify (self);
}

/* Takes INFO. All has been asked anew after a connection was made. */
void
bv_vmi_runtime_reconcile (BvVmiRuntime *self, BvDomainInfo *info)
{
  bv_vmi_runtime_take_info (self, info, TRUE);
  if (self->status->stopping)
    bv_vmi_runtime_continue_stop (self);
  else if (self->wanted && self->status->migration == NULL &&
           bv_vmi_runtime_get_phase (self) != BV_PHASE_RUNNING)
    {
      g_clear_handle_id (&self->retry_id, g_source_remove);
      g_object_unref (bv_vmi_runtime_start (self));
    }
  bv_vmi_runtime_update_live (self);
  if (self->info != NULL && bv_domain_state_is_active (self->info->state))
    bv_vmi_networks_restore_async (self->environment, BV_VMI (bv_entry_get_object (self->entry)),
                                   self->status->runtime_directory,
                                   bv_vmi_runtime_networks_restored_cb, g_object_ref (self));
}

void
bv_vmi_runtime_disconnected (BvVmiRuntime *self)
{
  gboolean changed;

  bv_vmi_runtime_drop_agent (self);
  changed = bv_conditions_remove (self->conditions, "AgentConnected");
  changed = bv_conditions_remove (self->conditions, "AgentVersionNotSupported") || changed;
  if (changed)
    bv_vmi_runtime_notify (self);
}
