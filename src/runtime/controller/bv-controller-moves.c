/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-migration.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "migration/bv-incoming-claims.h"
#include "model/bv-error.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/controller/bv-controller-private.h"
#include "runtime/vm/bv-vm-receiver.h"
#include "runtime/vm/bv-vm-runtime.h"

/* The two mutations of a move: a guest and its claims go, and come. */

typedef struct
{
  GTask *task;
  BvEntry *vmi;
  BvEntry *vm;
  BvEntry *migration;
  GPtrArray *rows;  /* of BvStoreRow */
  GPtrArray *old;   /* of BvEntry: migrations whose word is outdated */
  GPtrArray *gone;  /* of BvEntry: claims and data volumes of which nothing stays here */
  GPtrArray *away;  /* of BvEntry: claims of which a copy stays */
  BvEntry *waiting; /* the VM whose place is taken, or NULL */
} Move;

static void
move_free (Move *self)
{
  g_clear_object (&self->task);
  g_clear_object (&self->vmi);
  g_clear_object (&self->vm);
  g_clear_object (&self->migration);
  g_clear_object (&self->waiting);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->old, g_ptr_array_unref);
  g_clear_pointer (&self->gone, g_ptr_array_unref);
  g_clear_pointer (&self->away, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Move, move_free)

static void
add_status (BvStoreBatch *batch, BvEntry *entry)
{
  g_autofree char *status = bv_controller_dup_status (entry);

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (entry)), status);
}

static void
give_storage_away (Move *move, BvStoreBatch *batch, BvEntry *entry, const char *host)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  const char *uid = bv_object_get_uid (bv_entry_get_object (entry));
  g_autofree char *status = NULL;

  if (host == NULL)
    {
      g_ptr_array_add (move->gone, g_object_ref (entry));
      bv_store_batch_delete (batch, uid);
    }
  else if (BV_IS_CLAIM_RUNTIME (runtime))
    {
      g_ptr_array_add (move->away, g_object_ref (entry));
      status = bv_claim_runtime_dup_status_of_away (runtime, host);
      bv_store_batch_set_status (batch, uid, status);
    }
}

/* What is on the storage of both hosts goes from this one as the guest does; a copy stays, as one
 * that is the other host's. */
static void
give_claims_away (BvController *self, Move *move, BvStoreBatch *batch)
{
  const BvMigrationRecord *record = bv_controller_get_migration_record (move->migration);
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (move->migration));
  g_auto (GStrv) names = g_strsplit (record->claims != NULL ? record->claims : "", " ", -1);
  g_auto (GStrv) copied =
      g_strsplit (record->copied_claims != NULL ? record->copied_claims : "", " ", -1);
  static const char *const kinds[] = { "PersistentVolumeClaim", "DataVolume" };

  move->gone = g_ptr_array_new_with_free_func (g_object_unref);
  move->away = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; names[i] != NULL; i++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        BvEntry *entry = bv_registry_find (self->registry, kinds[k], namespace, names[i]);
        gboolean stays = g_strv_contains ((const char *const *)copied, names[i]);

        if (entry != NULL)
          give_storage_away (move, batch, entry, stays ? record->target : NULL);
      }
}

static BvStoreBatch *
prepare_forget (gpointer user_data, GError **error)
{
  Move *move = user_data;
  BvController *self = g_task_get_source_object (move->task);
  BvStoreBatch *batch = bv_store_batch_new ();

  move->vm = bv_registry_find_uid (self->registry, bv_entry_get_owner (move->vmi));
  move->vm = move->vm != NULL ? g_object_ref (move->vm) : NULL;
  if (move->vm != NULL)
    bv_store_batch_delete (batch, bv_object_get_uid (bv_entry_get_object (move->vm)));
  bv_store_batch_delete (batch, bv_object_get_uid (bv_entry_get_object (move->vmi)));
  give_claims_away (self, move, batch);
  add_status (batch, move->migration);
  return batch;
}

/* Whoever waits for something else that was asked of it waits in vain. */
static void
end_jobs (BvController *self, BvEntry *entry, const char *host)
{
  BvJob *deletion = g_hash_table_lookup (self->deletions, entry);
  gpointer runtime = bv_entry_get_runtime (entry);
  g_autofree char *what = bv_entry_describe (entry);
  g_autoptr (GError) error = g_error_new (
      BV_ERROR, BV_ERROR_CONFLICT,
      _ ("%s moved to the host %s before that was done. Ask for it there."), what, host);

  if (BV_IS_VM_RUNTIME (runtime))
    bv_vm_runtime_end_jobs (runtime, error);
  if (deletion == NULL)
    return;
  bv_job_fail (deletion, error);
  g_hash_table_remove (self->deletions, entry);
}

static void
forget (BvController *self, BvEntry *entry, const char *host)
{
  if (bv_entry_is_removed (entry))
    return;
  end_jobs (self, entry, host);
  bv_controller_forget_entry (self, entry);
}

/* The VM goes first: without its VMI it would make another. */
static void
finish_forget (gpointer user_data, const GError *error)
{
  g_autoptr (Move) move = user_data;
  BvController *self = g_task_get_source_object (move->task);
  const char *host = bv_controller_get_migration_record (move->migration)->target;

  if (error != NULL)
    {
      g_task_return_error (move->task, g_error_copy (error));
      return;
    }
  if (move->vm != NULL)
    forget (self, move->vm, host);
  forget (self, move->vmi, host);
  for (guint i = 0; i < move->gone->len; i++)
    forget (self, move->gone->pdata[i], host);
  for (guint i = 0; i < move->away->len; i++)
    if (bv_entry_get_runtime (move->away->pdata[i]) != NULL)
      bv_claim_runtime_give_away (bv_entry_get_runtime (move->away->pdata[i]), host);
  g_task_return_boolean (move->task, TRUE);
}

void
bv_controller_forget_moved_async (BvController *self, BvEntry *vmi, BvEntry *migration,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  Move *move = g_new0 (Move, 1);

  move->task = g_task_new (self, NULL, callback, user_data);
  move->vmi = g_object_ref (vmi);
  move->migration = g_object_ref (migration);
  g_task_set_source_tag (move->task, bv_controller_forget_moved_async);
  bv_mutation_queue_push (self->mutations, prepare_forget, finish_forget, move);
}

gboolean
bv_controller_forget_moved_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
is_adopted (const BvStoreRow *row)
{
  return bv_controller_is_storage (row->kind) || g_str_equal (row->kind, "VirtualMachine") ||
         g_str_equal (row->kind, "VirtualMachineInstance");
}

static BvStoreRow *
copy_row (const BvStoreRow *row)
{
  BvStoreRow *copy = g_new0 (BvStoreRow, 1);

  *copy = *row;
  copy->kind = g_strdup (row->kind);
  copy->namespace = g_strdup (row->namespace);
  copy->name = g_strdup (row->name);
  copy->uid = g_strdup (row->uid);
  copy->owner = g_strdup (row->owner);
  copy->applied = g_strdup (row->applied);
  copy->manifest = g_strdup (row->manifest);
  copy->status = g_strdup (row->status);
  return copy;
}

/* Earlier moves of the guest, whose word about where it is does not count any more. It may have
 * been started anew meanwhile, and is another VMI since. */
static GPtrArray *
list_old (BvController *self, BvEntry *migration)
{
  GPtrArray *old = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  const char *name = bv_controller_get_migration_record (migration)->vmi_name;
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (migration));

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);
      const BvMigrationRecord *record = bv_controller_get_migration_record (entry);

      if (record != NULL && entry != migration && bv_migration_record_is_over (record) &&
          g_strcmp0 (record->vmi_name, name) == 0 &&
          g_strcmp0 (bv_object_get_namespace (bv_entry_get_object (entry)), namespace) == 0)
        g_ptr_array_add (old, g_object_ref (entry));
    }
  return old;
}

/* A copy of the same claim that stayed here gives way, and a VM that waits for a guest. */
static gboolean
is_free (BvController *self, const BvStoreRow *row)
{
  BvEntry *found = bv_registry_find (self->registry, row->kind, row->namespace, row->name);

  if (found == NULL)
    return TRUE;
  if (g_str_equal (row->kind, "VirtualMachine"))
    return bv_vm_receiver_is_waiting (self->registry, found);
  return bv_controller_is_storage (row->kind) &&
         bv_incoming_claims_is_expected (self->registry, row);
}

/* The row of the waiting VM is overwritten, as it has the name. */
static gboolean
take_place (BvController *self, Move *move, guint i, GError **error)
{
  const BvStoreRow *row = g_ptr_array_index (move->rows, i);
  BvEntry *found = bv_registry_find (self->registry, row->kind, row->namespace, row->name);
  BvStoreRow *taken;

  if (found == NULL || !g_str_equal (row->kind, "VirtualMachine"))
    return TRUE;
  taken = bv_vm_receiver_make_row (found, row, error);
  if (taken == NULL)
    return FALSE;
  g_set_object (&move->waiting, found);
  bv_store_row_free (g_steal_pointer (&g_ptr_array_index (move->rows, i)));
  g_ptr_array_index (move->rows, i) = taken;
  return TRUE;
}

static gboolean
add_adopted_row (BvController *self, Move *move, BvStoreBatch *batch, guint i, GError **error)
{
  const BvStoreRow *row = g_ptr_array_index (move->rows, i);

  if (!is_adopted (row))
    return TRUE;
  if (!is_free (self, row))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("There is another %s %s/%s on this host."), row->kind, row->namespace,
                   row->name);
      return FALSE;
    }
  if (!take_place (self, move, i, error))
    return FALSE;
  bv_store_batch_put (batch, copy_row (g_ptr_array_index (move->rows, i)));
  return TRUE;
}

static BvStoreBatch *
prepare_adopt (gpointer user_data, GError **error)
{
  Move *move = user_data;
  BvController *self = g_task_get_source_object (move->task);
  g_autoptr (BvStoreBatch) batch = bv_store_batch_new ();

  for (guint i = 0; i < move->rows->len; i++)
    if (!add_adopted_row (self, move, batch, i, error))
      return NULL;
  move->old = list_old (self, move->migration);
  for (guint i = 0; i < move->old->len; i++)
    bv_store_batch_delete (batch, bv_object_get_uid (bv_entry_get_object (move->old->pdata[i])));
  add_status (batch, move->migration);
  return g_steal_pointer (&batch);
}

static BvEntry *
add_adopted (BvController *self, const BvStoreRow *row)
{
  g_autoptr (GError) error = NULL;
  BvEntry *entry = bv_entry_new_from_row (row, &error);

  if (entry != NULL && bv_controller_add_entry_with_status (self, entry, row->status, &error))
    return entry;
  /* It was read when it came; the next start of the service would say the same. */
  g_critical ("The %s %s/%s that came from another host cannot be read: %s", row->kind,
              row->namespace, row->name, error->message);
  return NULL;
}

static void
adopt_storage (BvController *self, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (rows, i);
      BvEntry *old = bv_registry_find (self->registry, row->kind, row->namespace, row->name);
      g_autoptr (BvEntry) adopted = NULL;

      if (!bv_controller_is_storage (row->kind))
        continue;
      if (old != NULL)
        bv_controller_forget_entry (self, old);
      adopted = add_adopted (self, row);
    }
}

/* It never had a guest since it waits, so that nothing of it is wanted any more. */
static void
give_way (BvController *self, Move *move)
{
  if (move->waiting == NULL)
    return;
  bv_controller_forget_entry (self, move->waiting);
  bv_controller_forget_kept_state (self, move->waiting);
}

static void
finish_adopt (gpointer user_data, const GError *error)
{
  g_autoptr (Move) move = user_data;
  BvController *self = g_task_get_source_object (move->task);
  g_autoptr (BvEntry) vm = NULL;
  g_autoptr (BvEntry) vmi = NULL;

  if (error != NULL)
    {
      g_task_return_error (move->task, g_error_copy (error));
      return;
    }
  for (guint i = 0; i < move->old->len; i++)
    {
      bv_registry_unreserve (self->registry,
                             bv_object_get_uid (bv_entry_get_object (move->old->pdata[i])));
      bv_controller_forget_entry (self, move->old->pdata[i]);
    }
  adopt_storage (self, move->rows);
  give_way (self, move);
  for (guint i = 0; i < move->rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (move->rows, i);

      if (g_str_equal (row->kind, "VirtualMachine"))
        vm = add_adopted (self, row);
      else if (g_str_equal (row->kind, "VirtualMachineInstance"))
        vmi = add_adopted (self, row);
    }
  if (vm != NULL && vmi != NULL)
    bv_vm_runtime_set_vmi (bv_entry_get_runtime (vm), vmi);
  g_task_return_boolean (move->task, TRUE);
}

void
bv_controller_adopt_async (BvController *self, GPtrArray *rows, BvEntry *migration,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  Move *move = g_new0 (Move, 1);

  move->task = g_task_new (self, NULL, callback, user_data);
  move->rows = g_ptr_array_ref (rows);
  move->migration = g_object_ref (migration);
  g_task_set_source_tag (move->task, bv_controller_adopt_async);
  bv_mutation_queue_push (self->mutations, prepare_adopt, finish_adopt, move);
}

gboolean
bv_controller_adopt_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
