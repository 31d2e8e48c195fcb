/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-receiver.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-object-private.h"
#include "model/bv-virtual-machine.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/vm/bv-vm-strategy.h"

/* KubeVirt's: the run strategy that takes the place of WaitAsReceiver once the guest is there. */
#define RESTORE_ANNOTATION "kubevirt.io/restore-run-strategy"

static BvEntry *
find_vmi (BvRegistry *registry, BvEntry *vm)
{
  BvObject *object = bv_entry_get_object (vm);

  return bv_registry_find (registry, "VirtualMachineInstance", bv_object_get_namespace (object),
                           bv_object_get_name (object));
}

gboolean
bv_vm_receiver_is_waiting (BvRegistry *registry, BvEntry *vm)
{
  BvVirtualMachine *object = BV_VIRTUAL_MACHINE (bv_entry_get_object (vm));

  return bv_entry_get_deleted (vm) == 0 && find_vmi (registry, vm) == NULL &&
         g_strcmp0 (bv_virtual_machine_get_run_strategy (object), "WaitAsReceiver") == 0;
}

gboolean
bv_vm_receiver_is_expecting (BvRegistry *registry, BvEntry *vm)
{
  return BV_IS_VIRTUAL_MACHINE (bv_entry_get_object (vm)) &&
         bv_registry_get_reservation (registry, bv_entry_get_key (vm)) != NULL &&
         bv_vm_receiver_is_waiting (registry, vm);
}

gboolean
bv_vm_receiver_check_free (BvRegistry *registry, BvEntry *vm, GError **error)
{
  g_autofree char *what = NULL;

  if (!bv_vm_receiver_is_expecting (registry, vm))
    return TRUE;
  what = bv_entry_describe (vm);
  g_set_error (
      error, BV_ERROR, BV_ERROR_BUSY,
      _ ("%s is about to receive its guest from another host. Wait for the end of that, or "
         "cancel the migration on that host."),
      what);
  return FALSE;
}

static const char *
get_strategy_to_restore (BvEntry *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (bv_entry_get_object (vm));

  if (record->metadata == NULL)
    return NULL;
  return bv_string_map_get (record->metadata->annotations, record->metadata->n_annotations,
                            RESTORE_ANNOTATION);
}

/* When it runs is said by each host for itself. */
static gboolean
counts (const char *path)
{
  return g_str_has_prefix (path, "spec.") && !g_str_equal (path, "spec.runStrategy") &&
         !g_str_equal (path, "spec.running");
}

static char *
list_differences (BvEntry *vm, BvEntry *coming, BvPolicy *policy)
{
  g_autoptr (GPtrArray) fields =
      bv_changed_fields_new (bv_entry_get_object (vm), bv_entry_get_object (coming), policy, NULL);
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < fields->len; i++)
    {
      const BvChangedField *field = g_ptr_array_index (fields, i);

      if (counts (field->path))
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", field->path);
    }
  return list->len > 0 ? g_string_free (g_steal_pointer (&list), FALSE) : NULL;
}

gboolean
bv_vm_receiver_check_fits (BvEntry *vm, BvEntry *coming, BvPolicy *policy, GError **error)
{
  g_autofree char *what = bv_entry_describe (vm);
  g_autofree char *differences = list_differences (vm, coming, policy);
  const char *strategy = get_strategy_to_restore (vm);

  if (differences != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s waits there for another guest: %s of the one that comes differs. Apply the "
                    "same there, with the run strategy WaitAsReceiver."),
                 what, differences);
  else if (strategy != NULL && !bv_vm_strategy_is_known (strategy))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("The annotation %s of %s there is “%s”, which is no run strategy."),
                 RESTORE_ANNOTATION, what, strategy);
  else
    return TRUE;
  return FALSE;
}

BvStoreRow *
bv_vm_receiver_make_row (BvEntry *vm, const BvStoreRow *coming, GError **error)
{
  g_autoptr (BvEntry) entry = bv_entry_new_from_row (coming, error);
  const char *strategy = get_strategy_to_restore (vm);

  if (entry == NULL)
    return NULL;
  if (strategy != NULL)
    bv_vm_strategy_set (bv_entry_get_object (entry), strategy);
  return bv_entry_to_row (entry, coming->status);
}
