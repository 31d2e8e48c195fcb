/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vm-runtime.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "model/bv-error.h"
#include "runtime/bv-vm-strategy.h"

#define BACKOFF_SECONDS 10
#define LONGEST_BACKOFF_SECONDS 300

struct _BvVmRuntime
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvEntry *entry;
  BvVmHooks hooks;
  BvConditions *conditions;
  const char *printable_status;

  BvEntry *vmi; /* NULL: there is none */
  BvVmiRuntime *vmi_runtime;
  gboolean creating;   /* its VMI is being made */
  gboolean deleting;   /* its VMI is being deleted */
  gboolean ran;        /* its VMI ran */
  BvVmRequest request; /* what was asked for and is not done */
  char *seen_strategy; /* the run strategy that was last acted on */
  gint64 grace_period; /* of the stop that was asked for */

  guint failures; /* in a row, of VMIs that never ran */
  gint64 retry_at;
  guint retry_id;

  BvJob *start_job;
  BvJob *stop_job;
};

G_DEFINE_FINAL_TYPE (BvVmRuntime, bv_vm_runtime, G_TYPE_OBJECT)

enum
{
  CHANGED,
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
  G_OBJECT_CLASS (bv_vm_runtime_parent_class)->finalize (object);
}

static void
bv_vm_runtime_class_init (BvVmRuntimeClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_vm_runtime_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_vm_runtime_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_VM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
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
  g_autoptr (JsonNode) root = json_from_string (json, error);
  JsonObject *object;

  if (root == NULL)
    return FALSE;
  object = json_node_get_object (root);
  self->seen_strategy =
      g_strdup (json_object_get_string_member_with_default (object, "seenStrategy", NULL));
  self->request = json_object_get_int_member_with_default (object, "request", 0);
  self->failures = json_object_get_int_member_with_default (object, "failures", 0);
  self->retry_at = json_object_get_int_member_with_default (object, "retryAt", 0);
  return TRUE;
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

char *
bv_vm_runtime_dup_status_json (BvVmRuntime *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  if (self->seen_strategy != NULL)
    {
      json_builder_set_member_name (builder, "seenStrategy");
      json_builder_add_string_value (builder, self->seen_strategy);
    }
  json_builder_set_member_name (builder, "request");
  json_builder_add_int_value (builder, self->request);
  json_builder_set_member_name (builder, "failures");
  json_builder_add_int_value (builder, self->failures);
  json_builder_set_member_name (builder, "retryAt");
  json_builder_add_int_value (builder, self->retry_at);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
bv_vm_runtime_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    g_warning ("The status of a virtual machine was not stored: %s", error->message);
}

static void
store_status (BvVmRuntime *self)
{
  g_autofree char *json = bv_vm_runtime_dup_status_json (self);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  bv_store_write_async (self->environment->store, batch, bv_vm_runtime_stored_cb, NULL);
}

static const char *
get_strategy (BvVmRuntime *self)
{
  const char *strategy =
      bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (bv_entry_get_object (self->entry)));

  return strategy != NULL ? strategy : "Halted";
}

static BvVmVmi
get_vmi_state (BvVmRuntime *self)
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

static gboolean
is_unschedulable (BvVmRuntime *self)
{
  return self->vmi_runtime != NULL && bv_vmi_runtime_is_unschedulable (self->vmi_runtime);
}

/* In KubeVirt's order of precedence. */
static const char *
compute_printable_status (BvVmRuntime *self, BvVmVmi vmi)
{
  gboolean running =
      vmi == BV_VM_VMI_ALIVE && bv_vmi_runtime_get_phase (self->vmi_runtime) == BV_PHASE_RUNNING;

  if (bv_entry_get_deleted (self->entry) != 0)
    return "Terminating";
  if (vmi == BV_VM_VMI_ALIVE && bv_vmi_runtime_get_status (self->vmi_runtime)->stopping)
    return "Stopping";
  if (running &&
      bv_conditions_is_true (bv_vmi_runtime_get_conditions (self->vmi_runtime), "Paused"))
    return "Paused";
  if (running)
    return "Running";
  if (is_unschedulable (self))
    return "ErrorUnschedulable";
  if (vmi == BV_VM_VMI_ALIVE || self->creating)
    return "Starting";
  return self->retry_id != 0 ? "CrashLoopBackOff" : "Stopped";
}

static void
update_conditions (BvVmRuntime *self)
{
  BvConditions *vmi =
      self->vmi_runtime != NULL ? bv_vmi_runtime_get_conditions (self->vmi_runtime) : NULL;

  if (vmi == NULL)
    bv_conditions_set (self->conditions, "Ready", FALSE, "VMINotExists",
                       _ ("There is no VirtualMachineInstance now."));
  else if (bv_conditions_is_true (vmi, "Ready"))
    bv_conditions_set (self->conditions, "Ready", TRUE, NULL, NULL);
  else
    bv_conditions_set (self->conditions, "Ready", FALSE, "GuestNotRunning",
                       _ ("The guest does not run."));
  if (vmi != NULL && bv_conditions_is_true (vmi, "Paused"))
    bv_conditions_set (self->conditions, "Paused", TRUE, "PausedByUser", NULL);
  else
    bv_conditions_remove (self->conditions, "Paused");
}

static void
update (BvVmRuntime *self)
{
  self->printable_status = compute_printable_status (self, get_vmi_state (self));
  update_conditions (self);
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

/* KubeVirt's: 10 s times the square of the failures, at most 300 s. */
static void
note_failure (BvVmRuntime *self)
{
  gint64 delay;

  self->failures++;
  delay = MIN ((gint64)BACKOFF_SECONDS * self->failures * self->failures, LONGEST_BACKOFF_SECONDS);
  self->retry_at = g_get_real_time () + delay * G_USEC_PER_SEC;
}

static gboolean
must_wait (BvVmRuntime *self)
{
  gint64 left = self->retry_at - g_get_real_time ();

  if (self->retry_id != 0)
    return TRUE;
  if (left <= 0 || !bv_vm_strategy_backs_off (get_strategy (self)))
    return FALSE;
  self->retry_id = g_timeout_add_seconds ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC,
                                          bv_vm_runtime_retry_cb, self);
  return TRUE;
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

static void
ensure_start_job (BvVmRuntime *self, const char *operation)
{
  if (self->start_job != NULL)
    return;
  self->start_job = bv_job_new (operation, self->entry);
  g_signal_connect_object (self->start_job, "cancel", G_CALLBACK (bv_vm_runtime_cancel_start_cb),
                           self, G_CONNECT_SWAPPED);
}

static void
create_vmi (BvVmRuntime *self)
{
  if (self->creating || must_wait (self))
    return;
  self->creating = TRUE;
  ensure_start_job (self, "start");
  self->hooks.create_vmi (self->entry, self->hooks.user_data);
}

static void
delete_vmi (BvVmRuntime *self)
{
  if (self->deleting)
    return;
  self->deleting = TRUE;
  self->hooks.delete_vmi (self->vmi, self->grace_period, self->hooks.user_data);
}

static void
see_strategy (BvVmRuntime *self)
{
  const char *strategy = get_strategy (self);

  if (g_strcmp0 (self->seen_strategy, strategy) == 0)
    return;
  /* RerunOnFailure starts once when it is first seen. */
  if (g_str_equal (strategy, "RerunOnFailure"))
    self->request = BV_VM_REQUEST_START;
  g_free (self->seen_strategy);
  self->seen_strategy = g_strdup (strategy);
  self->failures = 0;
  self->retry_at = 0;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  store_status (self);
}

/* Does what the run strategy and the requests ask for now, or nothing. */
void
bv_vm_runtime_reconcile (BvVmRuntime *self)
{
  BvVmStep step;

  if (bv_entry_get_deleted (self->entry) != 0)
    {
      update (self);
      return;
    }
  see_strategy (self);
  /* What was asked for meanwhile is done to the VMI that is being made. */
  if (self->creating)
    {
      update (self);
      return;
    }
  step = bv_vm_strategy_next (get_strategy (self), get_vmi_state (self), self->request);
  if (step.request != self->request)
    {
      self->request = step.request;
      store_status (self);
    }
  if (step.action == BV_VM_CREATE)
    create_vmi (self);
  else if (step.action == BV_VM_DELETE)
    delete_vmi (self);
  update (self);
}

static void
end_job (BvJob **job, const GError *error)
{
  g_autoptr (BvJob) ended = g_steal_pointer (job);

  if (ended == NULL)
    return;
  if (error == NULL)
    bv_job_succeed (ended);
  else
    bv_job_fail (ended, error);
}

static void
vmi_changed_cb (BvVmRuntime *self)
{
  BvPhase phase = bv_vmi_runtime_get_phase (self->vmi_runtime);

  if (phase == BV_PHASE_RUNNING && !self->ran)
    {
      self->ran = TRUE;
      self->failures = 0;
      self->retry_at = 0;
      end_job (&self->start_job, NULL);
    }
  bv_vm_runtime_reconcile (self);
}

static void
vmi_start_ended_cb (BvVmRuntime *self, BvJob *job)
{
  if (bv_job_get_error (job) != NULL)
    end_job (&self->start_job, bv_job_get_error (job));
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
      if (!self->ran && get_vmi_state (self) == BV_VM_VMI_FAILED &&
          !bv_vmi_runtime_get_status (self->vmi_runtime)->stopping)
        note_failure (self);
    }
  g_clear_object (&self->vmi);
  g_clear_object (&self->vmi_runtime);
  self->deleting = FALSE;
  self->grace_period = -1;
  store_status (self);
  end_job (&self->stop_job, NULL);
}

/* The VM's VMI is there now, or with NULL: is gone. */
void
bv_vm_runtime_set_vmi (BvVmRuntime *self, BvEntry *vmi)
{
  if (self->vmi == vmi)
    return;
  drop_vmi (self);
  if (vmi != NULL)
    take_vmi (self, vmi);
  bv_vm_runtime_reconcile (self);
}

void
bv_vm_runtime_vmi_failed (BvVmRuntime *self, const GError *error)
{
  self->creating = FALSE;
  bv_conditions_set (self->conditions, "Failure", TRUE, "FailedCreate", error->message);
  note_failure (self);
  store_status (self);
  end_job (&self->start_job, error);
  must_wait (self);
  update (self);
}

/* The job of the start that is under way, or NULL. */
BvJob *
bv_vm_runtime_get_start_job (BvVmRuntime *self)
{
  return self->start_job;
}

/* What callers ask for. */

/* Always and Halted are changed into each other, as KubeVirt's start and stop do. */
static void
change_strategy (BvVmRuntime *self, const char *strategy)
{
  g_autoptr (BvObject) object = bv_object_copy (bv_entry_get_object (self->entry));

  if (g_str_equal (get_strategy (self), strategy))
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

BvJob *
bv_vm_runtime_start (BvVmRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  const char *strategy = get_strategy (self);
  BvVmVmi vmi = get_vmi_state (self);
  g_autoptr (BvJob) job = NULL;

  if (!check_deleted (self, error))
    return NULL;
  if (vmi == BV_VM_VMI_ALIVE || self->creating ||
      (vmi != BV_VM_VMI_ABSENT && g_str_equal (strategy, "Once")))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   vmi == BV_VM_VMI_ALIVE || self->creating
                       ? _ ("%s is started already.")
                       : _ ("%s has the run strategy Once, and ran. Change that to run it again."),
                   what);
      return NULL;
    }
  ensure_start_job (self, "start");
  job = g_object_ref (self->start_job);
  self->retry_at = 0;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (g_str_equal (strategy, "Halted"))
    change_strategy (self, "Always");
  else
    self->request = BV_VM_REQUEST_START;
  store_status (self);
  bv_vm_runtime_reconcile (self);
  return g_steal_pointer (&job);
}

BvJob *
bv_vm_runtime_stop (BvVmRuntime *self, gint64 grace_period, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  const char *strategy = get_strategy (self);
  g_autoptr (BvJob) job = NULL;

  if (!check_deleted (self, error))
    return NULL;
  if (self->vmi == NULL && !self->creating && self->retry_id == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("%s does not run."), what);
      return NULL;
    }
  if (self->stop_job == NULL)
    self->stop_job = bv_job_new ("stop", self->entry);
  job = g_object_ref (self->stop_job);
  self->grace_period = grace_period;
  if (bv_vm_strategy_stops_by_change (strategy))
    change_strategy (self, "Halted");
  else
    self->request = BV_VM_REQUEST_STOP;
  store_status (self);
  if (self->vmi == NULL)
    end_job (&self->stop_job, NULL);
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

  if (!check_deleted (self, error))
    return NULL;
  if (get_vmi_state (self) != BV_VM_VMI_ALIVE)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("%s does not run. Start it instead."),
                   what);
      return NULL;
    }
  ensure_start_job (self, "restart");
  job = g_object_ref (self->start_job);
  self->grace_period = grace_period;
  self->request = BV_VM_REQUEST_RESTART;
  store_status (self);
  bv_vm_runtime_reconcile (self);
  return g_steal_pointer (&job);
}
