/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-json.h"
#include "runtime/vm/bv-vm-backoff.h"

G_DEFINE_FINAL_TYPE (BvVmRuntime, bv_vm_runtime, G_TYPE_OBJECT)

enum
{
  CHANGED,
  EVENT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_vm_runtime_dispose (GObject *object)
{
  BvVmRuntime *self = BV_VM_RUNTIME (object);

  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_object (&self->vmi);
  g_clear_object (&self->vmi_runtime);
  g_clear_object (&self->start_job);
  g_clear_object (&self->stop_job);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_vm_runtime_parent_class)->dispose (object);
}

static void
bv_vm_runtime_finalize (GObject *object)
{
  BvVmRuntime *self = BV_VM_RUNTIME (object);

  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->conditions, bv_conditions_free);
  g_free (self->seen_strategy);
  g_free (self->failed_uid);
  g_clear_pointer (&self->memory_dump, bv_memory_dump_request_free);
  g_free (self->restart_reasons);
  g_clear_pointer (&self->recovery, g_hash_table_unref);
  G_OBJECT_CLASS (bv_vm_runtime_parent_class)->finalize (object);
}

static void
bv_vm_runtime_class_init (BvVmRuntimeClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_vm_runtime_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_vm_runtime_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_VM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[EVENT] = g_signal_new ("event", BV_TYPE_VM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
}

static void
bv_vm_runtime_init (BvVmRuntime *self)
{
  self->conditions = bv_conditions_new ();
  self->printable_status = "Stopped";
  self->grace_period = -1;
}

static gboolean
read_status (BvVmRuntime *self, const char *json, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (json, error);
  JsonObject *object;

  if (root == NULL)
    return FALSE;
  object = json_node_get_object (root);
  self->seen_strategy =
      g_strdup (json_object_get_string_member_with_default (object, "seenStrategy", NULL));
  self->request = json_object_get_int_member_with_default (object, "request", 0);
  self->start_paused = json_object_get_boolean_member_with_default (object, "startPaused", FALSE);
  self->failed_uid =
      g_strdup (json_object_get_string_member_with_default (object, "failedUid", NULL));
  self->failures = json_object_get_int_member_with_default (object, "failures", 0);
  self->retry_at = json_object_get_int_member_with_default (object, "retryAt", 0);
  if (json_object_has_member (object, "memoryDump"))
    self->memory_dump =
        bv_memory_dump_request_from_json (json_object_get_object_member (object, "memoryDump"));
  bv_vm_runtime_read_recovery (self, object);
  return TRUE;
}

void
bv_vm_runtime_notify (BvVmRuntime *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* STATUS_JSON as bv_vm_runtime_dup_status_json() made it; an empty object for a new VM. */
BvVmRuntime *
bv_vm_runtime_new (BvEnvironment *environment, BvEntry *entry, const BvVmHooks *hooks,
                   const char *status_json, GError **error)
{
  g_autoptr (BvVmRuntime) self = g_object_new (BV_TYPE_VM_RUNTIME, NULL);

  self->environment = bv_environment_ref (environment);
  self->entry = g_object_ref (entry);
  self->hooks = *hooks;
  return read_status (self, status_json, error) ? g_steal_pointer (&self) : NULL;
}

static void
add_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

char *
bv_vm_runtime_dup_status_json (BvVmRuntime *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  add_text (object, "seenStrategy", self->seen_strategy);
  add_text (object, "failedUid", self->failed_uid);
  json_object_set_int_member (object, "request", self->request);
  json_object_set_boolean_member (object, "startPaused", self->start_paused);
  json_object_set_int_member (object, "failures", self->failures);
  json_object_set_int_member (object, "retryAt", self->retry_at);
  bv_vm_runtime_write_recovery (self, object);
  if (self->memory_dump != NULL)
    json_object_set_object_member (object, "memoryDump",
                                   bv_memory_dump_request_to_json (self->memory_dump));
  return json_to_string (root, FALSE);
}

void
bv_vm_runtime_tell (BvVmRuntime *self, const char *type, const char *reason, const char *message)
{
  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
  g_signal_emit (self, signals[EVENT], 0, type, reason, message);
}

static void
bv_vm_runtime_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    g_warning ("The status of a virtual machine was not stored: %s", error->message);
}

void
bv_vm_runtime_store_status (BvVmRuntime *self)
{
  g_autofree char *json = bv_vm_runtime_dup_status_json (self);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  bv_store_write_async (self->environment->store, batch, bv_vm_runtime_stored_cb, NULL);
}

const char *
bv_vm_runtime_get_strategy (BvVmRuntime *self)
{
  const char *strategy =
      bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (bv_entry_get_object (self->entry)));

  return strategy != NULL ? strategy : "Halted";
}

BvVmVmi
bv_vm_runtime_get_vmi_state (BvVmRuntime *self)
{
  if (self->vmi == NULL)
    return BV_VM_VMI_ABSENT;
  switch (bv_vmi_runtime_get_phase (self->vmi_runtime))
    {
    case BV_PHASE_SUCCEEDED:
      return BV_VM_VMI_SUCCEEDED;
    case BV_PHASE_FAILED:
      return BV_VM_VMI_FAILED;
    default:
      return BV_VM_VMI_ALIVE;
    }
}

/* What people are told. */

const char *
bv_vm_runtime_get_printable_status (BvVmRuntime *self)
{
  return self->printable_status;
}

BvConditions *
bv_vm_runtime_get_conditions (BvVmRuntime *self)
{
  return self->conditions;
}

gboolean
bv_vm_runtime_is_created (BvVmRuntime *self)
{
  return self->vmi != NULL;
}

gboolean
bv_vm_runtime_is_ready (BvVmRuntime *self)
{
  return bv_conditions_is_true (self->conditions, "Ready");
}

/* The start that its next VMI is made for leaves the guest paused. */
gboolean
bv_vm_runtime_starts_paused (BvVmRuntime *self)
{
  return self->start_paused;
}

/* What was asked for and is not done: STOP and START, in this order. */
const char *const *
bv_vm_runtime_get_requests (BvVmRuntime *self)
{
  static const char *const words[][3] = {
    [BV_VM_REQUEST_NONE] = { NULL },
    [BV_VM_REQUEST_START] = { "Start", NULL },
    [BV_VM_REQUEST_STOP] = { "Stop", NULL },
    [BV_VM_REQUEST_RESTART] = { "Stop", "Start", NULL },
  };

  return words[self->request];
}

/* KubeVirt's startFailure; empty where the last VMI ran. */
GVariant *
bv_vm_runtime_get_start_failure (BvVmRuntime *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (self->failures > 0)
    {
      g_variant_dict_insert (&dict, "consecutiveFailCount", "u", self->failures);
      g_variant_dict_insert (&dict, "retryAfterTimestamp", "t", (guint64)self->retry_at);
      if (self->failed_uid != NULL)
        g_variant_dict_insert (&dict, "lastFailedVMIUID", "s", self->failed_uid);
    }
  return g_variant_dict_end (&dict);
}

static void
update (BvVmRuntime *self)
{
  bv_vm_runtime_update_conditions (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The run strategy. */

static gboolean
bv_vm_runtime_retry_cb (gpointer user_data)
{
  BvVmRuntime *self = user_data;

  self->retry_id = 0;
  bv_vm_runtime_reconcile (self);
  return G_SOURCE_REMOVE;
}

static void
note_failure (BvVmRuntime *self)
{
  guint seconds = bv_vm_backoff_get_seconds (self->failures + 1, g_random_double ());

  self->failures++;
  self->retry_at = g_get_real_time () + seconds * G_USEC_PER_SEC;
  bv_vm_runtime_store_status (self);
}

void
bv_vm_runtime_forget_failures (BvVmRuntime *self)
{
  self->failures = 0;
  self->retry_at = 0;
  g_clear_pointer (&self->failed_uid, g_free);
  g_clear_handle_id (&self->retry_id, g_source_remove);
}

static gboolean
must_wait (BvVmRuntime *self)
{
  gint64 left = self->retry_at - g_get_real_time ();

  if (self->retry_id != 0)
    return TRUE;
  if (left <= 0)
    return FALSE;
  self->retry_id = g_timeout_add_seconds ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC,
                                          bv_vm_runtime_retry_cb, self);
  return TRUE;
}

static void
create_vmi (BvVmRuntime *self)
{
  g_autoptr (BvJob) job = NULL;

  if (self->creating || self->environment->closing || bv_vm_runtime_needs_recovery (self) ||
      must_wait (self))
    return;
  self->creating = TRUE;
  job = bv_vm_runtime_ensure_start_job (self, "start");
  self->hooks.create_vmi (self->entry, self->hooks.user_data);
}

static void
tell_deleted (BvVmRuntime *self)
{
  g_autofree char *message =
      g_strdup_printf (_ ("Stopped the virtual machine by deleting the virtual machine instance "
                          "%s"),
                       bv_object_get_uid (bv_entry_get_object (self->vmi)));

  bv_vm_runtime_tell (self, "Normal", "SuccessfulDelete", message);
}

static void
delete_vmi (BvVmRuntime *self)
{
  if (self->deleting)
    return;
  self->deleting = TRUE;
  tell_deleted (self);
  self->hooks.delete_vmi (self->vmi, self->grace_period, self->hooks.user_data);
}

static void
see_strategy (BvVmRuntime *self)
{
  const char *strategy = bv_vm_runtime_get_strategy (self);

  if (g_strcmp0 (self->seen_strategy, strategy) == 0)
    return;
  /* RerunOnFailure starts once when it is first seen. */
  if (g_str_equal (strategy, "RerunOnFailure") && self->vmi == NULL)
    self->request = BV_VM_REQUEST_START;
  g_free (self->seen_strategy);
  self->seen_strategy = g_strdup (strategy);
  bv_vm_runtime_forget_failures (self);
  bv_vm_runtime_store_status (self);
}

static void
act (BvVmRuntime *self)
{
  BvVmStep step = bv_vm_strategy_next (bv_vm_runtime_get_strategy (self),
                                       bv_vm_runtime_get_vmi_state (self), self->request);

  if (step.request != self->request)
    {
      self->request = step.request;
      bv_vm_runtime_store_status (self);
    }
  if (step.action == BV_VM_CREATE)
    create_vmi (self);
  else if (step.action == BV_VM_DELETE)
    delete_vmi (self);
}

/* Does what the run strategy and the requests ask for now, or nothing. A VMI that is being made is
 * waited for. */
void
bv_vm_runtime_reconcile (BvVmRuntime *self)
{
  if (bv_entry_get_deleted (self->entry) == 0 && !self->creating)
    {
      see_strategy (self);
      act (self);
    }
  update (self);
}

/* One that was told to stop, or whose VM is not to try again, did not fail. */
static void
note_early_end (BvVmRuntime *self)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (self->vmi));

  if (self->ran || bv_vmi_runtime_get_status (self->vmi_runtime)->stopping ||
      !bv_vm_strategy_counts_failures (bv_vm_runtime_get_strategy (self)) ||
      g_strcmp0 (self->failed_uid, uid) == 0)
    return;
  g_free (self->failed_uid);
  self->failed_uid = g_strdup (uid);
  note_failure (self);
}

static void
vmi_changed_cb (BvVmRuntime *self)
{
  BvPhase phase = bv_vmi_runtime_get_phase (self->vmi_runtime);

  if (phase == BV_PHASE_RUNNING && !self->ran)
    {
      self->ran = TRUE;
      self->compared = 0;
      bv_vm_runtime_forget_failures (self);
      bv_vm_runtime_store_status (self);
      bv_job_end (&self->start_job, NULL);
    }
  else if (bv_phase_is_final (phase))
    note_early_end (self);
  if (bv_phase_is_final (phase))
    bv_vm_runtime_note_recovery (self);
  bv_vm_runtime_reconcile (self);
}

static void
vmi_start_ended_cb (BvVmRuntime *self, BvJob *job)
{
  if (bv_job_get_error (job) != NULL)
    bv_job_end (&self->start_job, bv_job_get_error (job));
}

static void
take_vmi (BvVmRuntime *self, BvEntry *vmi)
{
  g_autoptr (BvJob) job = NULL;

  self->vmi = g_object_ref (vmi);
  self->vmi_runtime = g_object_ref (bv_entry_get_runtime (vmi));
  self->creating = FALSE;
  bv_conditions_remove (self->conditions, "Failure");
  self->deleting = bv_entry_get_deleted (vmi) != 0;
  self->ran = bv_vmi_status_was_in (bv_vmi_runtime_get_status (self->vmi_runtime), "Running");
  g_signal_connect_object (self->vmi_runtime, "changed", G_CALLBACK (vmi_changed_cb), self,
                           G_CONNECT_SWAPPED);
  job = bv_vmi_runtime_dup_start_job (self->vmi_runtime);
  if (job == NULL)
    return;
  g_signal_connect_object (job, "completed", G_CALLBACK (vmi_start_ended_cb), self,
                           G_CONNECT_SWAPPED);
  if (self->start_job != NULL)
    bv_job_follow (self->start_job, job);
}

static void
drop_vmi (BvVmRuntime *self)
{
  if (self->vmi_runtime != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->vmi_runtime, self);
      if (bv_phase_is_final (bv_vmi_runtime_get_phase (self->vmi_runtime)))
        note_early_end (self);
      bv_vm_runtime_note_recovery (self);
    }
  g_clear_object (&self->vmi);
  g_clear_object (&self->vmi_runtime);
  self->deleting = FALSE;
  self->grace_period = -1;
  self->compared = 0;
  self->live_wanted = FALSE;
  bv_vm_runtime_store_status (self);
  bv_job_end (&self->stop_job, NULL);
}

static void
tell_created (BvVmRuntime *self)
{
  g_autofree char *message =
      g_strdup_printf (_ ("Started the virtual machine by creating the new virtual machine "
                          "instance %s"),
                       bv_object_get_name (bv_entry_get_object (self->vmi)));

  self->start_paused = FALSE;
  bv_vm_runtime_tell (self, "Normal", "SuccessfulCreate", message);
}

/* The VM's VMI is there now, or with NULL: is gone. */
void
bv_vm_runtime_set_vmi (BvVmRuntime *self, BvEntry *vmi)
{
  gboolean created = self->creating && vmi != NULL;

  if (self->vmi == vmi)
    return;
  drop_vmi (self);
  if (vmi != NULL)
    take_vmi (self, vmi);
  if (created)
    tell_created (self);
  bv_vm_runtime_reconcile (self);
}

void
bv_vm_runtime_vmi_failed (BvVmRuntime *self, const GError *error)
{
  g_autofree char *message =
      g_strdup_printf (_ ("Error creating virtual machine instance: %s"), error->message);

  self->creating = FALSE;
  bv_conditions_set (self->conditions, "Failure", TRUE, "FailedCreate", message);
  bv_vm_runtime_tell (self, "Warning", "FailedCreate", message);
  note_failure (self);
  bv_job_end (&self->start_job, error);
  bv_vm_runtime_reconcile (self);
}

/* Its VMI was not changed as the template says. */
void
bv_vm_runtime_update_failed (BvVmRuntime *self, const GError *error)
{
  g_autofree char *message =
      g_strdup_printf (_ ("Error updating the virtual machine instance: %s"), error->message);

  bv_conditions_set (self->conditions, "Failure", TRUE, "FailedUpdate", message);
  bv_vm_runtime_tell (self, "Warning", "FailedUpdate", message);
  update (self);
}

/* The host goes down: its guest is about to be stopped, and is to run again with the next service
 * where the run strategy says that it runs at all times, or until it is done. */
void
bv_vm_runtime_expect_return (BvVmRuntime *self)
{
  if (!g_str_equal (bv_vm_runtime_get_strategy (self), "RerunOnFailure") ||
      self->request == BV_VM_REQUEST_STOP || self->deleting)
    return;
  self->request = BV_VM_REQUEST_RESTART;
  bv_vm_runtime_store_status (self);
  bv_vm_runtime_reconcile (self);
}

/* The job of the start that is under way, or NULL. */
BvJob *
bv_vm_runtime_get_start_job (BvVmRuntime *self)
{
  return self->start_job;
}

void
bv_vm_runtime_end_jobs (BvVmRuntime *self, const GError *error)
{
  bv_job_end (&self->start_job, error);
  bv_job_end (&self->stop_job, error);
}
