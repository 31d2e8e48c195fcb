/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "host/bv-resolve.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"
#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/controller/bv-controller-migration.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/vm/bv-vm-receiver.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "runtime/connection/bv-worker.h"

/* How objects go. */

/* Removal: the row first. */

typedef struct
{
  BvController *controller;
  BvEntry *entry;
} Removal;

static BvStoreBatch *
prepare_removal (gpointer user_data, GError **error)
{
  const Removal *removal = user_data;
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_delete (batch, bv_object_get_uid (bv_entry_get_object (removal->entry)));
  return batch;
}

/* Its row is gone already. */
void
bv_controller_forget_entry (BvController *self, BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  g_autoptr (BvVmRuntime) owner = NULL;

  if (BV_IS_VMI_RUNTIME (runtime))
    {
      g_hash_table_remove (self->by_domain, bv_vmi_runtime_get_domain_name (runtime));
      owner = bv_controller_find_owner (self, entry);
      owner = owner != NULL ? g_object_ref (owner) : NULL;
    }
  bv_registry_remove (self->registry, entry);
  if (owner != NULL)
    bv_vm_runtime_set_vmi (owner, NULL);
  bv_entry_set_runtime (entry, NULL);
}

static void
finish_removal (gpointer user_data, const GError *error)
{
  g_autofree Removal *removal = user_data;
  g_autoptr (BvController) self = removal->controller;
  g_autoptr (BvEntry) entry = removal->entry;
  BvEntry *owner = bv_registry_find_uid (self->registry, bv_entry_get_owner (entry));
  BvJob *job = g_hash_table_lookup (self->deletions, entry);

  if (error != NULL)
    {
      g_warning ("%s was not removed: %s", bv_entry_get_key (entry), error->message);
      if (job != NULL)
        bv_job_fail (job, error);
      /* One who tries again gets a job that can still succeed. */
      g_hash_table_remove (self->deletions, entry);
      return;
    }
  /* Two calls to delete it may both have found it ready to go. */
  if (bv_entry_is_removed (entry))
    return;
  owner = owner != NULL ? g_object_ref (owner) : NULL;
  bv_controller_forget_entry (self, entry);
  bv_controller_forget_kept_state (self, entry);
  if (job != NULL)
    bv_job_succeed (job);
  g_hash_table_remove (self->deletions, entry);
  if (owner != NULL && bv_entry_get_deleted (owner) != 0)
    bv_controller_carry_on_deletion (self, owner, -1);
  g_clear_object (&owner);
}

void
bv_controller_remove_entry (BvController *self, BvEntry *entry)
{
  Removal *removal = g_new0 (Removal, 1);

  removal->controller = g_object_ref (self);
  removal->entry = g_object_ref (entry);
  bv_mutation_queue_push (self->mutations, prepare_removal, finish_removal, removal);
}

/* Deletion: marked first, then what runs is stopped, then it is removed. */

typedef struct
{
  GTask *task; /* NULL where nobody waits */
  BvController *controller;
  BvEntry *entry;
  gint64 grace_period;
} Deletion;

/* What was made for it goes first. */
static void
delete_rest (BvController *self, BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_DATA_VOLUME_RUNTIME (runtime))
    bv_data_volume_runtime_reconcile (runtime);
  if (bv_controller_delete_owned (self, entry))
    return;
  if (BV_IS_CLAIM_RUNTIME (runtime))
    bv_claim_runtime_reconcile (runtime);
  else if (!BV_IS_DATA_VOLUME_RUNTIME (runtime) || bv_data_volume_runtime_is_idle (runtime))
    bv_controller_remove_entry (self, entry);
}

/* Does what is left of a deletion that is on record. */
void
bv_controller_carry_on_deletion (BvController *self, BvEntry *entry, gint64 grace_period)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  BvEntry *vmi = BV_IS_VM_RUNTIME (runtime) ? bv_controller_find_vmi_of (self, entry) : NULL;

  if (BV_IS_VMI_RUNTIME (runtime))
    {
      if (bv_vmi_runtime_is_over (runtime) && !bv_vmi_runtime_is_migrating (runtime))
        bv_controller_remove_entry (self, entry);
      else
        bv_vmi_runtime_stop (runtime, grace_period);
    }
  else if (BV_IS_MIGRATION (runtime) || BV_IS_RECEPTION (runtime))
    bv_controller_end_migration (self, entry);
  else if (vmi != NULL)
    bv_controller_delete_async (self, vmi, grace_period, NULL, NULL);
  else
    delete_rest (self, entry);
}

static BvStoreBatch *
prepare_deletion (gpointer user_data, GError **error)
{
  const Deletion *deletion = user_data;
  g_autofree char *status = bv_controller_dup_status (deletion->entry);
  BvStoreBatch *batch;
  BvStoreRow *row;

  if (bv_entry_is_removed (deletion->entry))
    {
      g_autofree char *what = bv_entry_describe (deletion->entry);

      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND, _ ("%s is gone."), what);
      return NULL;
    }
  if (bv_entry_get_deleted (deletion->entry) != 0)
    return NULL;
  if (!bv_controller_check_not_given_away (deletion->controller, deletion->entry, error) ||
      !bv_controller_check_not_waiting (deletion->entry, error) ||
      !bv_vm_receiver_check_free (deletion->controller->registry, deletion->entry, error))
    return NULL;
  batch = bv_store_batch_new ();
  row = bv_entry_to_row (deletion->entry, status);
  row->deleted = g_get_real_time ();
  bv_store_batch_put (batch, row);
  return batch;
}

BvJob *
bv_controller_ensure_deletion_job (BvController *self, BvEntry *entry)
{
  BvJob *job = g_hash_table_lookup (self->deletions, entry);

  if (job != NULL)
    return g_object_ref (job);
  job = bv_job_new ("delete", entry);
  g_hash_table_insert (self->deletions, g_object_ref (entry), g_object_ref (job));
  bv_controller_add_job (self, job);
  return job;
}

static void
finish_deletion (gpointer user_data, const GError *error)
{
  g_autofree Deletion *deletion = user_data;
  g_autoptr (GTask) task = deletion->task;
  g_autoptr (BvController) self = deletion->controller;
  g_autoptr (BvEntry) entry = deletion->entry;
  g_autoptr (BvJob) job = NULL;

  if (error != NULL)
    {
      if (task != NULL)
        g_task_return_error (task, g_error_copy (error));
      return;
    }
  job = bv_controller_ensure_deletion_job (self, entry);
  bv_entry_mark_deleted (entry);
  bv_controller_carry_on_deletion (self, entry, deletion->grace_period);
  if (BV_IS_VM_RUNTIME (bv_entry_get_runtime (entry)))
    bv_vm_runtime_reconcile (bv_entry_get_runtime (entry));
  if (task != NULL)
    g_task_return_pointer (task, g_steal_pointer (&job), g_object_unref);
}

void
bv_controller_delete_async (BvController *self, BvEntry *entry, gint64 grace_period,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  Deletion *deletion = g_new0 (Deletion, 1);

  deletion->controller = g_object_ref (self);
  deletion->entry = g_object_ref (entry);
  deletion->grace_period = grace_period;
  if (callback != NULL)
    {
      deletion->task = g_task_new (self, NULL, callback, user_data);
      g_task_set_source_tag (deletion->task, bv_controller_delete_async);
    }
  bv_mutation_queue_push (self->mutations, prepare_deletion, finish_deletion, deletion);
}

BvJob *
bv_controller_delete_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
