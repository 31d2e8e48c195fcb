/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-virtual-machine.h"
#include "runtime/live/bv-live-copies.h"
#include "runtime/live/bv-live-update.h"
#include "runtime/live/bv-live-volumes.h"

/* A guest that ended while its volumes were copied left what it wrote in the old claims, and parts
 * of it in the new ones that the template names. As in KubeVirt, the VM does not start until
 * somebody has named the old ones again, or given up the strategy Migration. */

/* From the status of its VMI, which is at its end. */
void
bv_vm_runtime_note_recovery (BvVmRuntime *self)
{
  GHashTable *copies = bv_vmi_runtime_get_status (self->vmi_runtime)->copies;
  GHashTableIter iter;
  gpointer name, copy;

  if (self->recovery != NULL || g_hash_table_size (copies) == 0)
    return;
  self->recovery = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, copies);
  while (g_hash_table_iter_next (&iter, &name, &copy))
    g_hash_table_insert (self->recovery, g_strdup (name),
                         g_strdup (((BvVolumeCopy *)copy)->source));
  bv_vm_runtime_store_status (self);
}

static const char *
find_claim (BvVmRuntime *self, const char *name)
{
  const BvApiVirtualMachine *record = bv_object_get_record (bv_entry_get_object (self->entry));
  const BvApiVolume *volume = bv_live_find_volume (record->spec->template->spec, name);

  return volume != NULL ? bv_live_copies_get_claim (volume) : NULL;
}

/* One volume that needs it, or NULL. */
static const char *
find_volume (BvVmRuntime *self, const char **claim)
{
  GHashTableIter iter;
  gpointer name, source;

  if (self->recovery == NULL || !bv_live_update_copies_volumes (bv_entry_get_object (self->entry)))
    return NULL;
  g_hash_table_iter_init (&iter, self->recovery);
  while (g_hash_table_iter_next (&iter, &name, &source))
    {
      const char *now = find_claim (self, name);

      *claim = source;
      if (now != NULL && !g_str_equal (now, source))
        return name;
    }
  return NULL;
}

gboolean
bv_vm_runtime_needs_recovery (BvVmRuntime *self)
{
  const char *claim;

  return find_volume (self, &claim) != NULL;
}

/* Returns whether anything changed. */
gboolean
bv_vm_runtime_update_recovery (BvVmRuntime *self)
{
  const char *claim;
  const char *volume = find_volume (self, &claim);
  g_autofree char *message = NULL;

  if (volume == NULL)
    {
      if (self->recovery != NULL)
        {
          g_clear_pointer (&self->recovery, g_hash_table_unref);
          bv_vm_runtime_store_status (self);
        }
      return bv_conditions_remove (self->conditions, "ManualRecoveryRequired");
    }
  message = g_strdup_printf (
      _ ("The guest ended while the volume %s was copied. The claim %s has what it wrote; name it "
         "in the template again, or set updateVolumesStrategy to Replacement to start with what "
         "is in the new claim."),
      volume, claim);
  return bv_conditions_set (self->conditions, "ManualRecoveryRequired", TRUE,
                            "VMI was removed or was final during the volume migration", message);
}

/* On record. */

void
bv_vm_runtime_read_recovery (BvVmRuntime *self, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (!json_object_has_member (object, "recovery"))
    return;
  self->recovery = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  json_object_iter_init (&iter, json_object_get_object_member (object, "recovery"));
  while (json_object_iter_next (&iter, &name, &node))
    g_hash_table_insert (self->recovery, g_strdup (name), json_node_dup_string (node));
}

void
bv_vm_runtime_write_recovery (BvVmRuntime *self, JsonObject *object)
{
  JsonObject *recovery;
  GHashTableIter iter;
  gpointer name, claim;

  if (self->recovery == NULL)
    return;
  recovery = json_object_new ();
  g_hash_table_iter_init (&iter, self->recovery);
  while (g_hash_table_iter_next (&iter, &name, &claim))
    json_object_set_string_member (recovery, name, claim);
  json_object_set_object_member (object, "recovery", recovery);
}
