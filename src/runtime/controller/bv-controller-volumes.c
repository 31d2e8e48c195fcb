/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"
#include "runtime/vm/bv-vm-receiver.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* Volumes that a caller adds to a VM or a VMI, or takes away. What was applied stays what it is:
 * the same manifest again is no change. */

#define GATE "DeclarativeHotplugVolumes"

typedef struct
{
  GTask *task;
  BvEntry *entry;
  BvEntry *made;
  BvVolumeRequest request;
  gboolean removes;
  char *name; /* the request's texts */
  char *claim;
  char *type;
  char *bus;
  char *serial;
  char *cache;
} VolumeWork;

static void
volume_work_free (VolumeWork *self)
{
  g_clear_object (&self->task);
  g_clear_object (&self->entry);
  g_clear_object (&self->made);
  g_free (self->name);
  g_free (self->claim);
  g_free (self->type);
  g_free (self->bus);
  g_free (self->serial);
  g_free (self->cache);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VolumeWork, volume_work_free)

static gboolean
check_vmi (BvEntry *entry, GError **error)
{
  g_autofree char *what = bv_entry_describe (entry);

  if (bv_entry_get_owner (entry)[0] == '\0')
    return bv_vmi_runtime_check_running (bv_entry_get_runtime (entry), error);
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("%s is made by the VirtualMachine of that name. Change the volumes of that one."),
               what);
  return FALSE;
}

static gboolean
is_moving (BvController *self, BvEntry *entry)
{
  BvEntry *vmi =
      BV_IS_VMI (bv_entry_get_object (entry)) ? entry : bv_controller_find_vmi_of (self, entry);

  return vmi != NULL && bv_vmi_runtime_is_migrating (bv_entry_get_runtime (vmi));
}

static gboolean
check (BvController *self, BvEntry *entry, GError **error)
{
  g_autofree char *what = bv_entry_describe (entry);

  if (bv_entry_is_removed (entry) || bv_entry_get_deleted (entry) != 0)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s is being deleted."), what);
  else if (is_moving (self, entry))
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                 _ ("%s moves to another host. Change its volumes when that is over."), what);
  else if (!bv_policy_has_feature_gate (bv_controller_get_policy (self), GATE))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("The volumes of %s cannot be changed: the feature gate %s is off. Set %s=true "
                    "in [features] of barevirt.conf."),
                 what, GATE, GATE);
  else
    return bv_vm_receiver_check_free (self->registry, entry, error) &&
           (!BV_IS_VMI (bv_entry_get_object (entry)) || check_vmi (entry, error));
  return FALSE;
}

static BvApiVirtualMachineInstanceSpec *
get_spec (BvObject *object)
{
  const BvApiVirtualMachine *vm;

  if (BV_IS_VMI (object))
    return bv_vmi_get_record (BV_VMI (object))->spec;
  vm = bv_object_get_record (object);
  return vm->spec->template->spec;
}

static gboolean
change (const VolumeWork *self, BvObject *object, GError **error)
{
  if (self->removes)
    return bv_volume_request_remove (self->name, get_spec (object), error);
  return bv_volume_request_add (&self->request, get_spec (object), bv_object_get_arena (object),
                                error);
}

static BvStoreBatch *
prepare_change (gpointer user_data, GError **error)
{
  VolumeWork *work = user_data;
  BvController *self = g_task_get_source_object (work->task);
  g_autoptr (BvObject) object = bv_object_copy (bv_entry_get_object (work->entry));
  g_autoptr (GPtrArray) causes = NULL;
  g_autofree char *status = NULL;
  BvStoreBatch *batch;

  if (!check (self, work->entry, error) || !change (work, object, error))
    return NULL;
  causes = bv_object_admit (object, bv_controller_get_policy (self));
  if (!bv_controller_check_causes (causes, error))
    return NULL;
  work->made = bv_entry_new_successor (work->entry, object, bv_entry_get_applied (work->entry));
  status = bv_controller_dup_status (work->entry);
  batch = bv_store_batch_new ();
  bv_store_batch_put (batch, bv_entry_to_row (work->made, status));
  return batch;
}

static void
finish_change (gpointer user_data, const GError *error)
{
  g_autoptr (VolumeWork) work = user_data;
  gpointer runtime = bv_entry_get_runtime (work->entry);

  if (error != NULL)
    {
      g_task_return_error (work->task, g_error_copy (error));
      return;
    }
  bv_entry_become (work->entry, work->made);
  if (BV_IS_VM_RUNTIME (runtime))
    bv_vm_runtime_reconcile (runtime);
  else if (BV_IS_VMI_RUNTIME (runtime))
    bv_vmi_runtime_update_live (runtime);
  g_task_return_boolean (work->task, TRUE);
}

static VolumeWork *
volume_work_new (BvController *self, BvEntry *entry, const char *name, GAsyncReadyCallback callback,
                 gpointer user_data)
{
  VolumeWork *work = g_new0 (VolumeWork, 1);

  work->task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (work->task, bv_controller_add_volume_async);
  work->entry = g_object_ref (entry);
  work->name = g_strdup (name);
  return work;
}

void
bv_controller_add_volume_async (BvController *self, BvEntry *entry, const BvVolumeRequest *request,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  VolumeWork *work = volume_work_new (self, entry, request->name, callback, user_data);

  work->claim = g_strdup (request->claim);
  work->type = g_strdup (request->type);
  work->bus = g_strdup (request->bus);
  work->serial = g_strdup (request->serial);
  work->cache = g_strdup (request->cache);
  work->request = (BvVolumeRequest){
    .name = work->name,
    .claim = work->claim,
    .data_volume = request->data_volume,
    .type = work->type,
    .bus = work->bus,
    .serial = work->serial,
    .cache = work->cache,
  };
  bv_mutation_queue_push (self->mutations, prepare_change, finish_change, work);
}

void
bv_controller_remove_volume_async (BvController *self, BvEntry *entry, const char *name,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  VolumeWork *work = volume_work_new (self, entry, name, callback, user_data);

  work->removes = TRUE;
  bv_mutation_queue_push (self->mutations, prepare_change, finish_change, work);
}

/* Of both. */
gboolean
bv_controller_change_volume_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
