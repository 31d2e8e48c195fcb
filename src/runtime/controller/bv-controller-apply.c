/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "migration/bv-migration.h"
#include "model/bv-error.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "runtime/vm/bv-vm-strategy.h"

typedef struct
{
  GTask *task;
  BvMutation *mutation; /* while its text is read */
  BvPlanText *text;     /* until it is planned */
  BvPlan *plan;
  GPtrArray *entries; /* for each item of the plan: the entry that is or replaces its object's */
  GArray *applied;    /* of BvApplied, once it is stored */
  GPtrArray *jobs;
  guint n_steps; /* that are done */
} Application;

/* Others wait no longer than this while many objects take effect. */
#define TURN_USEC 8000

static void
application_free (Application *self)
{
  g_clear_object (&self->task);
  g_clear_pointer (&self->text, bv_plan_text_free);
  g_clear_pointer (&self->plan, bv_plan_free);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->applied, g_array_unref);
  g_clear_pointer (&self->jobs, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Application, application_free)

/* Reading: in a worker thread, for a large text takes long. */

typedef struct
{
  BvPolicy *policy;
  char *text;
  char *file;
  BvManifestFlags flags;
} Reading;

static void
reading_free (Reading *self)
{
  g_object_unref (self->policy);
  g_free (self->text);
  g_free (self->file);
  g_free (self);
}

static void
read_in_worker (GTask *task)
{
  const Reading *reading = g_task_get_task_data (task);

  g_task_return_pointer (
      task, bv_plan_text_new (reading->policy, reading->text, reading->file, reading->flags),
      (GDestroyNotify)bv_plan_text_free);
}

static void
read_async (BvController *self, const char *text, const char *file, BvManifestFlags flags,
            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  reading->policy = g_object_ref (bv_controller_get_policy (self));
  reading->text = g_strdup (text);
  reading->file = g_strdup (file);
  reading->flags = flags;
  g_task_set_source_tag (task, read_async);
  g_task_set_task_data (task, reading, (GDestroyNotify)reading_free);
  bv_worker_push_task (self->environment->workers, read_in_worker, task);
}

/* What Apply would do. */

static void
bv_controller_plan_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvController *self = BV_CONTROLLER (source);
  BvPlanText *text = g_task_propagate_pointer (G_TASK (result), NULL);

  g_task_return_pointer (task, bv_plan_new (self->registry, bv_controller_get_policy (self), text),
                         (GDestroyNotify)bv_plan_free);
}

void
bv_controller_plan_async (BvController *self, const char *text, const char *file,
                          BvManifestFlags flags, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_controller_plan_async);
  read_async (self, text, file, flags, bv_controller_plan_read_cb, task);
}

BvPlan *
bv_controller_plan_finish (BvController *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* A start or stop changes the run strategy. That stays so until a manifest says something else than
 * the last one did. */
static void
keep_run_strategy (BvPlanItem *item)
{
  g_autoptr (BvObject) before = bv_entry_parse_applied (item->existing);
  const char *given, *wanted, *now;

  if (before == NULL)
    return;
  given = bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (before));
  wanted = bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (item->object));
  now = bv_virtual_machine_get_run_strategy (
      BV_VIRTUAL_MACHINE (bv_entry_get_object (item->existing)));
  if (g_strcmp0 (given, wanted) == 0 && g_strcmp0 (now, wanted) != 0)
    bv_vm_strategy_set (item->object, now);
}

static BvApiVirtualMachineInstanceSpec *
get_template (BvObject *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (vm);

  return record->spec != NULL && record->spec->template != NULL ? record->spec->template->spec
                                                                : NULL;
}

/* Likewise the volumes that were added or taken away since. */
static void
keep_volumes (BvPlanItem *item)
{
  g_autoptr (BvObject) before = bv_entry_parse_applied (item->existing);
  BvObject *given = item->given;
  BvApiVirtualMachineInstanceSpec *spec = get_template (item->object);
  const BvApiVirtualMachineInstanceSpec *now;

  if (before == NULL || !bv_volume_request_is_same (get_template (before), get_template (given)))
    return;
  now = get_template (bv_entry_get_object (item->existing));
  bv_volume_request_take_over (spec, now, bv_object_get_arena (item->object));
}

static BvEntry *
make_entry (BvPlanItem *item)
{
  g_autofree char *uid = NULL;

  if (item->change == BV_CHANGE_UNCHANGED)
    return g_object_ref (item->existing);
  if (item->change == BV_CHANGE_CHANGED && BV_IS_VIRTUAL_MACHINE (item->object))
    {
      keep_run_strategy (item);
      keep_volumes (item);
    }
  if (item->change == BV_CHANGE_CHANGED)
    return bv_entry_new_successor (item->existing, item->object, item->applied);
  uid = g_uuid_string_random ();
  bv_object_set_uid (item->object, uid);
  return bv_entry_new (item->object, item->applied, NULL);
}

static gboolean
check_limits (BvController *self, const BvPlan *plan, GError **error)
{
  gint64 most = bv_config_get_integer (self->environment->config, "limits", "objects");
  guint n_new = 0;

  for (guint i = 0; i < plan->items->len; i++)
    n_new += ((const BvPlanItem *)g_ptr_array_index (plan->items, i))->change == BV_CHANGE_CREATED;
  if (n_new == 0 || bv_registry_get_size (self->registry) + n_new <= (guint64)most)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("There may be %" G_GINT64_FORMAT
                  " objects at most. Delete some, or raise objects= "
                  "in [limits] of barevirt.conf."),
               most);
  return FALSE;
}

static BvStoreBatch *
prepare_apply (gpointer user_data, GError **error)
{
  Application *application = user_data;
  BvController *self = g_task_get_source_object (application->task);
  g_autoptr (BvStoreBatch) batch = bv_store_batch_new ();

  application->plan = bv_plan_new (self->registry, bv_controller_get_policy (self),
                                   g_steal_pointer (&application->text));
  if (!bv_plan_check (application->plan, error) || !check_limits (self, application->plan, error))
    return NULL;
  application->entries = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < application->plan->items->len; i++)
    {
      BvPlanItem *item = g_ptr_array_index (application->plan->items, i);
      BvEntry *entry = make_entry (item);
      g_autofree char *status =
          item->existing != NULL ? bv_controller_dup_status (item->existing) : NULL;

      g_ptr_array_add (application->entries, entry);
      if (item->change != BV_CHANGE_UNCHANGED)
        bv_store_batch_put (batch, bv_entry_to_row (entry, status));
    }
  return bv_store_batch_get_changes (batch)->len > 0 ? g_steal_pointer (&batch) : NULL;
}

/* Begins what a new or changed object asks for. */
static void
act_on (BvController *self, BvEntry *entry, gboolean is_new, GPtrArray *jobs)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  g_autoptr (BvJob) job = NULL;

  if (BV_IS_VMI_RUNTIME (runtime) && is_new)
    {
      /* It has one where libvirt came back since the object was added. */
      job = bv_vmi_runtime_dup_start_job (runtime);
      if (job == NULL)
        job = bv_vmi_runtime_start (runtime);
      bv_controller_add_job (self, job);
    }
  else if (BV_IS_MIGRATION (runtime) && is_new)
    {
      job = bv_migration_start (runtime);
      bv_controller_add_job (self, job);
    }
  else if (BV_IS_CLAIM_RUNTIME (runtime))
    bv_claim_runtime_reconcile (runtime);
  else if (BV_IS_DATA_VOLUME_RUNTIME (runtime))
    bv_data_volume_runtime_reconcile (runtime);
  else if (BV_IS_VM_RUNTIME (runtime))
    {
      bv_controller_make_data_volumes (self, entry);
      bv_vm_runtime_reconcile (runtime);
      job = bv_vm_runtime_get_start_job (runtime);
      job = job != NULL ? g_object_ref (job) : NULL;
    }
  if (job != NULL)
    g_ptr_array_add (jobs, g_object_ref (job));
}

static void
add (BvController *self, Application *application, guint i)
{
  const BvPlanItem *item = g_ptr_array_index (application->plan->items, i);
  BvEntry *entry = g_ptr_array_index (application->entries, i);
  BvApplied result = { item->existing != NULL ? item->existing : entry, item->change };

  if (item->change == BV_CHANGE_CREATED)
    bv_controller_add_entry (self, entry);
  else if (item->change == BV_CHANGE_CHANGED)
    bv_entry_become (item->existing, entry);
  g_object_ref (result.entry);
  g_array_append_val (application->applied, result);
}

/* All objects are there before the first of them acts. Returns whether there is more to do. */
static gboolean
take_effect (BvController *self, Application *application)
{
  const gint64 end = g_get_monotonic_time () + TURN_USEC;
  const guint n_items = application->plan->items->len;

  while (application->n_steps < 2 * n_items && g_get_monotonic_time () < end)
    {
      guint step = application->n_steps++;
      const BvApplied *result;

      if (step < n_items)
        {
          add (self, application, step);
          continue;
        }
      result = &g_array_index (application->applied, BvApplied, step - n_items);
      if (result->change != BV_CHANGE_UNCHANGED)
        act_on (self, result->entry, result->change == BV_CHANGE_CREATED, application->jobs);
    }
  return application->n_steps < 2 * n_items;
}

/* Takes APPLICATION. */
static void
return_applied (Application *application)
{
  g_autoptr (Application) owned = application;
  GTask *task = application->task;

  bv_controller_update_shares (g_task_get_source_object (task), application->applied);
  g_task_set_task_data (task, g_ptr_array_ref (application->jobs),
                        (GDestroyNotify)g_ptr_array_unref);
  g_task_return_pointer (task, g_steal_pointer (&application->applied),
                         (GDestroyNotify)g_array_unref);
}

static gboolean
bv_controller_take_effect_cb (gpointer user_data)
{
  Application *application = user_data;
  g_autoptr (BvController) self = g_object_ref (g_task_get_source_object (application->task));

  if (take_effect (self, application))
    return G_SOURCE_CONTINUE;
  return_applied (application);
  bv_mutation_queue_release (self->mutations);
  return G_SOURCE_REMOVE;
}

static void
applied_clear (gpointer data)
{
  g_clear_object (&((BvApplied *)data)->entry);
}

static void
finish_apply (gpointer user_data, const GError *error)
{
  g_autoptr (Application) application = user_data;
  BvController *self = g_task_get_source_object (application->task);

  if (error != NULL)
    {
      g_task_return_error (application->task, g_error_copy (error));
      return;
    }
  application->applied = g_array_new (FALSE, FALSE, sizeof (BvApplied));
  g_array_set_clear_func (application->applied, applied_clear);
  application->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  if (take_effect (self, application))
    {
      bv_mutation_queue_hold (self->mutations);
      g_idle_add_full (G_PRIORITY_DEFAULT, bv_controller_take_effect_cb,
                       g_steal_pointer (&application), NULL);
    }
  else
    return_applied (g_steal_pointer (&application));
}

static void
bv_controller_apply_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvController *self = BV_CONTROLLER (source);
  Application *application = user_data;

  application->text = g_task_propagate_pointer (G_TASK (result), NULL);
  bv_mutation_queue_let_go (self->mutations, g_steal_pointer (&application->mutation));
}

/* Its turn is when it was called, and not when its text is read. */
void
bv_controller_apply_async (BvController *self, const char *text, const char *file,
                           BvManifestFlags flags, GAsyncReadyCallback callback, gpointer user_data)
{
  Application *application = g_new0 (Application, 1);

  application->task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (application->task, bv_controller_apply_async);
  application->mutation =
      bv_mutation_queue_push_held (self->mutations, prepare_apply, finish_apply, application);
  read_async (self, text, file, flags, bv_controller_apply_read_cb, application);
}

/* An array of BvApplied; JOBS gets one of BvJob. */
GArray *
bv_controller_apply_finish (BvController *self, GAsyncResult *result, GPtrArray **jobs,
                            GError **error)
{
  GArray *applied = g_task_propagate_pointer (G_TASK (result), error);

  if (applied != NULL)
    *jobs = g_ptr_array_ref (g_task_get_task_data (G_TASK (result)));
  return applied;
}
