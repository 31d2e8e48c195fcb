/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include "admit/bv-admit.h"
#include "model/bv-cause.h"
#include "model/bv-error.h"
#include "runtime/live/bv-live-update.h"

/* A VMI follows its VM's template in what can change while its guest runs: first on record, then in
 * the guest. */

typedef struct
{
  BvController *controller;
  BvEntry *vm;
  BvEntry *vmi;
  BvEntry *made;
  BvVmi *wanted;
  GHashTable *copies; /* as they were */
} Following;

static void
following_free (Following *self)
{
  g_clear_object (&self->controller);
  g_clear_object (&self->vm);
  g_clear_object (&self->vmi);
  g_clear_object (&self->made);
  g_clear_object (&self->wanted);
  g_clear_pointer (&self->copies, g_hash_table_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Following, following_free)

/* The VMI's manifest and its object, which has defaults too, follow the template alike. */
static BvEntry *
make_successor (Following *self, GError **error)
{
  BvPolicy *policy = bv_controller_get_policy (self->controller);
  BvVirtualMachine *vm = BV_VIRTUAL_MACHINE (bv_entry_get_object (self->vm));
  g_autoptr (BvVmi) given = bv_virtual_machine_create_vmi (vm);
  g_autoptr (BvVmi) wanted = bv_virtual_machine_create_vmi (vm);
  g_autoptr (BvObject) manifest = bv_entry_parse_applied (self->vmi);
  g_autoptr (BvObject) object = bv_object_copy (bv_entry_get_object (self->vmi));
  g_autoptr (GPtrArray) causes = NULL;
  g_autofree char *applied = NULL;
  BvLiveGuest guest = bv_vmi_runtime_get_live_guest (bv_entry_get_runtime (self->vmi));

  guest.copies_volumes = bv_live_update_copies_volumes (BV_OBJECT (vm));
  g_ptr_array_unref (bv_object_admit (BV_OBJECT (wanted), policy));
  if (!bv_live_update_carry (BV_VMI (manifest), given, policy, &guest) ||
      !bv_live_update_carry (BV_VMI (object), wanted, policy, &guest))
    return NULL;
  causes = bv_object_admit (object, policy);
  if (!bv_controller_check_causes (causes, error))
    return NULL;
  applied = bv_object_to_json (manifest);
  self->wanted = g_object_ref (wanted);
  return bv_entry_new_successor (self->vmi, object, applied);
}

/* The VMI's other claims and the record of what is to be copied are stored as one. */
static void
mark_copies (Following *self)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (self->vmi);

  self->copies = bv_vmi_runtime_dup_copies (runtime);
  bv_vmi_runtime_set_following (runtime, TRUE);
  bv_vmi_runtime_mark_copies (runtime, BV_VMI (bv_entry_get_object (self->made)), self->wanted,
                              bv_live_update_copies_volumes (bv_entry_get_object (self->vm)));
}

static BvStoreBatch *
prepare_following (gpointer user_data, GError **error)
{
  Following *self = user_data;
  g_autofree char *status = NULL;
  BvStoreBatch *batch;
  BvEntry *vmi = bv_entry_is_removed (self->vm)
                     ? NULL
                     : bv_controller_find_vmi_of (self->controller, self->vm);

  if (vmi == NULL || bv_entry_get_deleted (vmi) != 0)
    return NULL;
  self->vmi = g_object_ref (vmi);
  self->made = make_successor (self, error);
  if (self->made == NULL)
    return NULL;
  mark_copies (self);
  status = bv_controller_dup_status (vmi);
  batch = bv_store_batch_new ();
  bv_store_batch_put (batch, bv_entry_to_row (self->made, status));
  return batch;
}

static void
finish_following (gpointer user_data, const GError *error)
{
  g_autoptr (Following) self = user_data;
  BvVmRuntime *vm = bv_entry_get_runtime (self->vm);
  BvVmiRuntime *vmi = self->copies != NULL ? bv_entry_get_runtime (self->vmi) : NULL;

  if (vmi != NULL && error != NULL)
    bv_vmi_runtime_set_copies (vmi, g_steal_pointer (&self->copies));
  if (vm != NULL && error != NULL)
    bv_vm_runtime_update_failed (vm, error);
  if (vmi == NULL)
    return;
  if (error == NULL)
    bv_entry_become (self->vmi, self->made);
  bv_vmi_runtime_set_following (vmi, FALSE);
  bv_vmi_runtime_update_live (vmi);
  if (vm != NULL && error == NULL)
    bv_vm_runtime_reconcile (vm);
}

void
bv_controller_update_vmi (BvController *self, BvEntry *vm)
{
  Following *following = g_new0 (Following, 1);

  following->controller = g_object_ref (self);
  following->vm = g_object_ref (vm);
  bv_mutation_queue_push (self->mutations, prepare_following, finish_following, following);
}
