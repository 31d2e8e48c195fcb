/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/vm/bv-vm-runtime.h"

/* Which claims take a dump of a guest's memory. It fills the claim's volume, so that no guest may
 * have it, now or later. */

static BvClaimRuntime *
find_claim (BvController *self, BvEntry *vm, const char *name, GError **error)
{
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (vm));
  BvEntry *entry = bv_registry_find (bv_controller_get_registry (self), "PersistentVolumeClaim",
                                     namespace, name);

  if (entry != NULL && !bv_entry_is_removed (entry) && bv_entry_get_deleted (entry) == 0)
    return bv_entry_get_runtime (entry);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("There is no PersistentVolumeClaim %s in the namespace %s; apply one first."),
               name, namespace);
  return NULL;
}

static gboolean
is_of_vm (BvEntry *vm, const char *claim)
{
  const BvApiVirtualMachine *record = bv_object_get_record (bv_entry_get_object (vm));
  const BvApiVirtualMachineInstanceSpec *spec = record->spec->template->spec;
  gboolean writes;

  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (bv_claim_spec_find_claim (spec->volumes[i], &writes), claim) == 0)
      return TRUE;
  return FALSE;
}

static BvEntry *
find_user (BvController *self, BvEntry *claim)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (bv_controller_get_registry (self));
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (claim));
  const char *name = bv_object_get_name (bv_entry_get_object (claim));

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);
      BvObject *object = bv_entry_get_object (entry);

      if (bv_claim_users_is_named (entry, claim))
        return entry;
      if (BV_IS_VIRTUAL_MACHINE (object) && is_of_vm (entry, name) &&
          g_strcmp0 (bv_object_get_namespace (object), namespace) == 0)
        return entry;
    }
  return NULL;
}

static gboolean
check_claim (BvController *self, BvClaimRuntime *claim, GError **error)
{
  BvEntry *entry = bv_claim_runtime_get_entry (claim);
  const BvClaimStatus *status = bv_claim_runtime_get_status (claim);
  BvEntry *user = find_user (self, entry);
  g_autofree char *what = bv_entry_describe (entry);
  g_autofree char *who = user != NULL ? bv_entry_describe (user) : NULL;

  if (!bv_claim_status_is (status, "Bound") || status->volume == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s has no volume: its phase is %s. A dump goes into a claim that is Bound."),
                 what, status->phase);
  else if (user != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s is for %s, whose data would be lost. Give a claim that is empty."), what,
                 who);
  else if (bv_claim_runtime_is_busy (claim))
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY, _ ("%s is being filled, copied or changed."),
                 what);
  else
    return TRUE;
  return FALSE;
}

BvJob *
bv_controller_dump_memory (BvController *self, BvEntry *vm, const char *claim, GError **error)
{
  BvClaimRuntime *runtime = find_claim (self, vm, claim, error);

  if (runtime == NULL || !check_claim (self, runtime, error))
    return NULL;
  return bv_vm_runtime_dump_memory (bv_entry_get_runtime (vm), runtime, error);
}
