/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "model/bv-error.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/claim/bv-data-source.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/vm/bv-vm-receiver.h"

/* Claims and data volumes, what is made for what, and who hears of whom. */

/* Objects that are made for others. */

typedef struct
{
  BvController *controller;
  BvEntry *owner;
  BvObject *object;
  BvEntry *made;
} Making;

static void
making_free (Making *self)
{
  g_clear_object (&self->controller);
  g_clear_object (&self->owner);
  g_clear_object (&self->object);
  g_clear_object (&self->made);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Making, making_free)

static BvStoreBatch *
prepare_making (gpointer user_data, GError **error)
{
  Making *making = user_data;
  BvObject *object = making->object;
  g_autofree char *what = bv_entry_describe (making->owner);
  g_autofree char *uid = g_uuid_string_random ();
  g_autofree char *applied = bv_object_to_json (object);
  BvStoreBatch *batch;

  if (bv_entry_is_removed (making->owner) || bv_entry_get_deleted (making->owner) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s is being deleted."), what);
      return NULL;
    }
  if (bv_registry_find (making->controller->registry, bv_object_get_kind (object),
                        bv_object_get_namespace (object), bv_object_get_name (object)) != NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("There is a %s %s/%s already, which is none of %s."),
                   bv_object_get_kind (object), bv_object_get_namespace (object),
                   bv_object_get_name (object), what);
      return NULL;
    }
  bv_object_set_uid (object, uid);
  making->made =
      bv_entry_new (object, applied, bv_object_get_uid (bv_entry_get_object (making->owner)));
  batch = bv_store_batch_new ();
  bv_store_batch_put (batch, bv_entry_to_row (making->made, NULL));
  return batch;
}

/* OBJECT, which is taken, is stored as one that OWNER has. */
static void
make_owned (BvController *self, BvEntry *owner, BvObject *object, BvMutationFinish finish)
{
  Making *making = g_new0 (Making, 1);

  making->controller = g_object_ref (self);
  making->owner = g_object_ref (owner);
  making->object = object;
  bv_mutation_queue_push (self->mutations, prepare_making, finish, making);
}

/* Claims of data volumes. */

static void
finish_claim (gpointer user_data, const GError *error)
{
  g_autoptr (Making) making = user_data;
  BvDataVolumeRuntime *runtime = bv_entry_get_runtime (making->owner);

  if (error == NULL)
    bv_controller_add_entry (making->controller, making->made);
  if (runtime == NULL)
    return;
  if (error != NULL)
    bv_data_volume_runtime_claim_failed (runtime, error);
  else
    bv_data_volume_runtime_reconcile (runtime);
}

static void
create_claim_hook (BvEntry *data_volume, gpointer user_data)
{
  make_owned (user_data, data_volume, bv_claim_spec_make_claim (bv_entry_get_object (data_volume)),
              finish_claim);
}

static gboolean
begin_transfer_hook (BvEntry *data_volume, gpointer user_data)
{
  BvController *self = user_data;

  if (self->n_transfers >=
      bv_config_get_integer (self->environment->config, "storage", "transfers"))
    return FALSE;
  self->n_transfers++;
  return TRUE;
}

static void
end_transfer_hook (BvEntry *data_volume, gpointer user_data)
{
  BvController *self = user_data;
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  self->n_transfers--;
  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);

      if (entry != data_volume && BV_IS_DATA_VOLUME_RUNTIME (bv_entry_get_runtime (entry)))
        bv_data_volume_runtime_reconcile (bv_entry_get_runtime (entry));
    }
}

static void
add_job_hook (BvJob *job, gpointer user_data)
{
  bv_controller_add_job (user_data, job);
}

/* Who hears of whom. */

/* VMIs that wait for the claim of that name look at it again. */
static void
wake_vmis (BvController *self, BvEntry *claim)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);

      if (BV_IS_VMI_RUNTIME (bv_entry_get_runtime (entry)) &&
          bv_claim_users_is_named (entry, claim))
        bv_vmi_runtime_wake (bv_entry_get_runtime (entry));
    }
}

static void
claim_changed_cb (BvController *self, BvClaimRuntime *runtime)
{
  BvEntry *entry = bv_claim_runtime_get_entry (runtime);
  BvObject *claim = bv_entry_get_object (entry);
  BvEntry *volume = bv_registry_find (self->registry, "DataVolume", bv_object_get_namespace (claim),
                                      bv_object_get_name (claim));

  wake_vmis (self, entry);
  if (volume != NULL && bv_entry_get_runtime (volume) != NULL)
    bv_data_volume_runtime_note_claim (bv_entry_get_runtime (volume));
}

static void
claim_gone_cb (BvController *self, BvClaimRuntime *runtime)
{
  bv_controller_remove_entry (self, bv_claim_runtime_get_entry (runtime));
}

/* Its progress concerns nobody else. */
static void
data_volume_event_cb (BvController *self, const char *type, const char *reason, const char *message,
                      BvDataVolumeRuntime *runtime)
{
  wake_vmis (self, bv_data_volume_runtime_get_entry (runtime));
}

static void
data_volume_idle_cb (BvController *self, BvDataVolumeRuntime *runtime)
{
  bv_controller_carry_on_deletion (self, bv_data_volume_runtime_get_entry (runtime), -1);
}

/* Data volumes that copy CLAIM wait for its users. */
static void
wake_copies (BvController *self, BvEntry *claim)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  for (guint i = 0; i < entries->len; i++)
    {
      gpointer runtime = bv_entry_get_runtime (g_ptr_array_index (entries, i));

      if (BV_IS_DATA_VOLUME_RUNTIME (runtime) &&
          bv_data_source_find_claim (self->registry, g_ptr_array_index (entries, i)) == claim)
        bv_data_volume_runtime_wake (runtime);
    }
}

/* A guest that runs on has let go of the claim. */
void
bv_controller_release_claim (BvController *self, const char *namespace, const char *name)
{
  BvEntry *claim = bv_registry_find (self->registry, "PersistentVolumeClaim", namespace, name);

  if (claim == NULL)
    return;
  bv_claim_runtime_reconcile (bv_entry_get_runtime (claim));
  wake_copies (self, claim);
  wake_vmis (self, claim);
}

static void
wake_data_volumes (BvController *self, BvEntry *vmi)
{
  g_autoptr (GPtrArray) volumes = bv_registry_list_kind (self->registry, "DataVolume");

  for (guint i = 0; i < volumes->len; i++)
    {
      BvEntry *volume = g_ptr_array_index (volumes, i);
      gpointer runtime = bv_entry_get_runtime (volume);
      BvEntry *source = bv_data_source_find_claim (self->registry, volume);

      if (runtime != NULL && source != NULL && bv_claim_users_is_named (vmi, source))
        bv_data_volume_runtime_wake (runtime);
    }
}

/* VMI uses its claims no more: they may be grown, copied or deleted now. */
void
bv_controller_release_claims (BvController *self, BvEntry *vmi)
{
  g_autoptr (GPtrArray) claims = bv_registry_list_kind (self->registry, "PersistentVolumeClaim");

  for (guint i = 0; i < claims->len; i++)
    {
      BvEntry *claim = g_ptr_array_index (claims, i);
      gpointer runtime = bv_entry_get_runtime (claim);

      if (runtime != NULL && bv_claim_users_is_named (vmi, claim))
        bv_claim_runtime_reconcile (runtime);
    }
  wake_data_volumes (self, vmi);
}

gboolean
bv_controller_make_claim_runtime (BvController *self, BvEntry *entry, const char *status,
                                  GError **error)
{
  g_autoptr (BvClaimRuntime) runtime =
      bv_claim_runtime_new (self->environment, entry, status, error);

  if (runtime == NULL)
    return FALSE;
  bv_entry_set_runtime (entry, runtime);
  g_signal_connect_object (runtime, "changed", G_CALLBACK (claim_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "gone", G_CALLBACK (claim_gone_cb), self, G_CONNECT_SWAPPED);
  return TRUE;
}

gboolean
bv_controller_make_data_volume_runtime (BvController *self, BvEntry *entry, const char *status,
                                        GError **error)
{
  const BvDataVolumeHooks hooks = { create_claim_hook, begin_transfer_hook, end_transfer_hook,
                                    add_job_hook, self };
  g_autoptr (BvDataVolumeRuntime) runtime =
      bv_data_volume_runtime_new (self->environment, entry, &hooks, status, error);

  if (runtime == NULL)
    return FALSE;
  bv_entry_set_runtime (entry, runtime);
  g_signal_connect_object (runtime, "event", G_CALLBACK (data_volume_event_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "idle", G_CALLBACK (data_volume_idle_cb), self,
                           G_CONNECT_SWAPPED);
  return TRUE;
}

/* The data volumes of a VM. */

static void
finish_data_volume (gpointer user_data, const GError *error)
{
  g_autoptr (Making) making = user_data;
  BvVmRuntime *vm = bv_entry_get_runtime (making->owner);

  if (error == NULL)
    {
      bv_controller_add_entry (making->controller, making->made);
      bv_data_volume_runtime_reconcile (bv_entry_get_runtime (making->made));
      wake_vmis (making->controller, making->made);
    }
  else if (vm != NULL && bv_entry_get_deleted (making->owner) == 0)
    {
      bv_event_log_tell (making->controller->environment->events,
                         bv_entry_get_object (making->owner), "Warning", "FailedDataVolumeCreate",
                         error->message);
      bv_conditions_set (bv_vm_runtime_get_conditions (vm), "Failure", TRUE,
                         "FailedDataVolumeCreate", error->message);
      bv_vm_runtime_reconcile (vm);
    }
}

static BvEntry *
find_data_volume (BvController *self, BvEntry *vm, const char *name)
{
  return bv_registry_find (self->registry, "DataVolume",
                           bv_object_get_namespace (bv_entry_get_object (vm)), name);
}

/* Those of its templates that are not there are made; as in KubeVirt also while the VM is halted.
 * What a guest brings with it must not be there before. */
void
bv_controller_make_data_volumes (BvController *self, BvEntry *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (bv_entry_get_object (vm));
  const char *uid = bv_object_get_uid (bv_entry_get_object (vm));

  if (bv_entry_get_deleted (vm) != 0 || record->spec == NULL ||
      bv_vm_receiver_is_waiting (self->registry, vm))
    return;
  for (guint i = 0; i < record->spec->n_data_volume_templates; i++)
    {
      const BvApiDataVolumeTemplateSpec *template = record->spec->data_volume_templates[i];
      const char *name = template->metadata != NULL ? template->metadata->name : NULL;
      BvEntry *there = name != NULL ? find_data_volume (self, vm, name) : NULL;
      BvObject *object;

      if (name == NULL || (there != NULL && g_str_equal (bv_entry_get_owner (there), uid)))
        continue;
      object = bv_claim_spec_make_data_volume (bv_entry_get_object (vm), i);
      if (object != NULL)
        make_owned (self, vm, object, finish_data_volume);
    }
}

/* What was made for ENTRY goes with it; TRUE while some of it is there. */
gboolean
bv_controller_delete_owned (BvController *self, BvEntry *entry)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  const char *uid = bv_object_get_uid (bv_entry_get_object (entry));
  gboolean any = FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *owned = g_ptr_array_index (entries, i);

      if (!g_str_equal (bv_entry_get_owner (owned), uid))
        continue;
      any = TRUE;
      if (bv_entry_get_deleted (owned) == 0)
        bv_controller_delete_async (self, owned, -1, NULL, NULL);
    }
  return any;
}
