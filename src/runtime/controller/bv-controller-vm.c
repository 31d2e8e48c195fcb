/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "model/bv-error.h"
#include "runtime/vm/bv-vm-receiver.h"
#include "runtime/vm/bv-vm-runtime.h"

/* What a VM's runtime asks for. */

typedef struct
{
  BvController *controller;
  BvEntry *vm;
  BvEntry *made;    /* the VMI's */
  BvObject *object; /* the VM's new one */
} VmWork;

static void
vm_work_free (VmWork *self)
{
  g_clear_object (&self->controller);
  g_clear_object (&self->vm);
  g_clear_object (&self->made);
  g_clear_object (&self->object);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmWork, vm_work_free)

/* An error for the first cause that forbids the object. */
gboolean
bv_controller_check_causes (GPtrArray *causes, GError **error)
{
  for (guint i = 0; i < causes->len; i++)
    if (bv_cause_get_severity (g_ptr_array_index (causes, i)) == BV_SEVERITY_ERROR)
      {
        g_autofree char *text = bv_cause_to_string (g_ptr_array_index (causes, i));

        g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST, text);
        return FALSE;
      }
  return TRUE;
}

static BvEntry *
make_vmi_entry (BvController *self, BvEntry *vm, GError **error)
{
  BvObject *object = bv_entry_get_object (vm);
  g_autoptr (BvVmi) vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
  g_autofree char *uid = g_uuid_string_random ();
  g_autofree char *applied = bv_object_to_json (BV_OBJECT (vmi));
  g_autoptr (GPtrArray) causes = NULL;

  bv_object_set_uid (BV_OBJECT (vmi), uid);
  if (bv_vm_runtime_starts_paused (bv_entry_get_runtime (vm)) &&
      !bv_object_set_field (BV_OBJECT (vmi), "spec.startStrategy", g_variant_new_string ("Paused"),
                            error))
    return NULL;
  causes = bv_object_admit (BV_OBJECT (vmi), bv_controller_get_policy (self));
  if (!bv_controller_check_causes (causes, error))
    return NULL;
  return bv_entry_new (BV_OBJECT (vmi), applied, bv_object_get_uid (object));
}

static BvStoreBatch *
prepare_create (gpointer user_data, GError **error)
{
  VmWork *work = user_data;
  BvObject *object = bv_entry_get_object (work->vm);
  BvEntry *other = bv_registry_find (work->controller->registry, "VirtualMachineInstance",
                                     bv_object_get_namespace (object), bv_object_get_name (object));
  BvStoreBatch *batch;

  if (bv_entry_is_removed (work->vm) || bv_entry_get_deleted (work->vm) != 0 || other != NULL)
    {
      g_autofree char *what = bv_entry_describe (work->vm);

      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   other != NULL ? _ ("%s cannot start: there is a VirtualMachineInstance of its "
                                      "name already. Delete that one.")
                                 : _ ("%s is being deleted."),
                   what);
      return NULL;
    }
  work->made = make_vmi_entry (work->controller, work->vm, error);
  if (work->made == NULL)
    return NULL;
  batch = bv_store_batch_new ();
  bv_store_batch_put (batch, bv_entry_to_row (work->made, NULL));
  return batch;
}

static void
finish_create (gpointer user_data, const GError *error)
{
  g_autoptr (VmWork) work = user_data;
  BvVmRuntime *vm = bv_entry_get_runtime (work->vm);
  g_autoptr (BvJob) job = NULL;

  if (vm == NULL)
    return;
  if (error != NULL)
    {
      bv_vm_runtime_vmi_failed (vm, error);
      return;
    }
  bv_controller_add_entry (work->controller, work->made);
  job = bv_vmi_runtime_start (bv_entry_get_runtime (work->made));
  bv_vm_runtime_set_vmi (vm, work->made);
}

static VmWork *
vm_work_new (BvController *self, BvEntry *vm)
{
  VmWork *work = g_new0 (VmWork, 1);

  work->controller = g_object_ref (self);
  work->vm = g_object_ref (vm);
  return work;
}

static void
create_vmi_hook (BvEntry *vm, gpointer user_data)
{
  BvController *self = user_data;
  BvJob *job = bv_vm_runtime_get_start_job (bv_entry_get_runtime (vm));

  if (job != NULL)
    bv_controller_add_job (self, job);
  bv_mutation_queue_push (self->mutations, prepare_create, finish_create, vm_work_new (self, vm));
}

static void
delete_vmi_hook (BvEntry *vmi, gint64 grace_period, gpointer user_data)
{
  bv_controller_delete_async (user_data, vmi, grace_period, NULL, NULL);
}

static BvStoreBatch *
prepare_replace (gpointer user_data, GError **error)
{
  VmWork *work = user_data;
  g_autofree char *status = bv_controller_dup_status (work->vm);
  BvStoreBatch *batch;

  if (bv_entry_is_removed (work->vm))
    return NULL;
  /* What was given stays what it is: the same manifest again is no change. */
  work->made = bv_entry_new_successor (work->vm, work->object, bv_entry_get_applied (work->vm));
  batch = bv_store_batch_new ();
  bv_store_batch_put (batch, bv_entry_to_row (work->made, status));
  return batch;
}

static void
finish_replace (gpointer user_data, const GError *error)
{
  g_autoptr (VmWork) work = user_data;

  if (error != NULL)
    g_warning ("%s was not changed: %s", bv_entry_get_key (work->vm), error->message);
  if (error != NULL || work->made == NULL)
    return;
  bv_entry_become (work->vm, work->made);
  bv_vm_runtime_reconcile (bv_entry_get_runtime (work->vm));
}

static void
replace_object_hook (BvEntry *vm, BvObject *object, gpointer user_data)
{
  BvController *self = user_data;
  VmWork *work = vm_work_new (self, vm);

  work->object = g_object_ref (object);
  bv_mutation_queue_push (self->mutations, prepare_replace, finish_replace, work);
}

static void
update_vmi_hook (BvEntry *vm, gpointer user_data)
{
  bv_controller_update_vmi (user_data, vm);
}

static gboolean
is_expecting_hook (BvEntry *vm, gpointer user_data)
{
  BvController *self = user_data;

  return bv_vm_receiver_is_expecting (self->registry, vm);
}

const BvVmHooks *
bv_controller_make_vm_hooks (BvController *self, BvVmHooks *hooks)
{
  *hooks = (BvVmHooks){ create_vmi_hook, delete_vmi_hook,   replace_object_hook,
                        update_vmi_hook, is_expecting_hook, self };
  return hooks;
}
