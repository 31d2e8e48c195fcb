/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-outgoing-claims.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-domain.h"
#include "migration/bv-storage-identity.h"
#include "model/bv-error.h"
#include "model/bv-json.h"
#include "model/bv-vmi-private.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/connection/bv-worker.h"

#define CLAIM "PersistentVolumeClaim"

static const BvApiVirtualMachineInstanceSpec *
get_spec (BvEntry *vmi)
{
  return bv_vmi_get_record (BV_VMI (bv_entry_get_object (vmi)))->spec;
}

static void
add (GPtrArray *list, BvRegistry *registry, const char *kind, const char *namespace,
     const char *name)
{
  BvEntry *found = bv_registry_find (registry, kind, namespace, name);

  if (found != NULL && !g_ptr_array_find (list, found, NULL))
    g_ptr_array_add (list, found);
}

GPtrArray *
bv_outgoing_claims_list (BvRegistry *registry, BvEntry *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = get_spec (vmi);
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (vmi));
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      gboolean writes;
      const char *name = bv_claim_spec_find_claim (spec->volumes[i], &writes);

      if (name == NULL)
        continue;
      add (list, registry, "DataVolume", namespace, name);
      add (list, registry, CLAIM, namespace, name);
    }
  return list;
}

static gboolean
check_claim (BvRegistry *registry, BvEntry *claim, BvEntry *vmi, GError **error)
{
  const char *name = bv_object_get_name (bv_entry_get_object (claim));
  BvEntry *other = bv_claim_users_find_other (registry, claim, vmi);
  g_autofree char *what = other != NULL ? bv_entry_describe (other) : NULL;

  if (other != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s uses the claim %s, too, which can be on one host alone. Stop that one "
                    "first."),
                 what, name);
  else if (bv_entry_get_deleted (claim) != 0)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("The claim %s is being deleted."), name);
  else if (bv_claim_runtime_is_busy (bv_entry_get_runtime (claim)))
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                 _ ("The volume of the claim %s is being worked on. Try again later."), name);
  else
    return TRUE;
  return FALSE;
}

gboolean
bv_outgoing_claims_check (BvRegistry *registry, BvEntry *vmi, GError **error)
{
  g_autoptr (GPtrArray) list = bv_outgoing_claims_list (registry, vmi);

  for (guint i = 0; i < list->len; i++)
    if (BV_IS_CLAIM_RUNTIME (bv_entry_get_runtime (list->pdata[i])) &&
        !check_claim (registry, list->pdata[i], vmi, error))
      return FALSE;
  return TRUE;
}

static void
identify (BvStoreRow *row)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (row->status, NULL);
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
  const char *path =
      object != NULL ? json_object_get_string_member_with_default (object, "path", NULL) : NULL;
  g_autofree char *identity = path != NULL ? bv_storage_identity (path, NULL) : NULL;

  if (identity == NULL)
    return;
  json_object_set_string_member (object, "identity", identity);
  g_free (row->status);
  row->status = json_to_string (root, FALSE);
}

static void
identify_in_worker (GTask *task)
{
  GPtrArray *rows = g_task_get_task_data (task);

  for (guint i = 0; i < rows->len; i++)
    {
      BvStoreRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->kind, CLAIM))
        identify (row);
    }
  g_task_return_boolean (task, TRUE);
}

void
bv_outgoing_claims_identify_async (BvEnvironment *environment, GPtrArray *rows,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_outgoing_claims_identify_async);
  g_task_set_task_data (task, g_ptr_array_ref (rows), (GDestroyNotify)g_ptr_array_unref);
  bv_worker_push_task (environment->workers, identify_in_worker, task);
}

GPtrArray *
bv_outgoing_claims_identify_finish (GAsyncResult *result)
{
  return g_task_get_task_data (G_TASK (result));
}

char *
bv_outgoing_claims_write_names (GPtrArray *rows)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->kind, CLAIM))
        g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", row->name);
    }
  return g_string_free (names, FALSE);
}

/* Nothing of it comes by a disk above it, or by one that is only read. */
static gboolean
is_moved (const BvApiVirtualMachineInstanceSpec *spec, const char *claim, GPtrArray *disks,
          const char *const *targets)
{
  for (guint i = 0; i < disks->len; i++)
    {
      const BvMigrationDisk *disk = g_ptr_array_index (disks, i);

      for (guint n = 0; n < spec->n_volumes; n++)
        {
          const BvApiVolume *volume = spec->volumes[n];
          gboolean writes;

          if (volume->ephemeral == NULL && g_strcmp0 (volume->name, disk->volume) == 0 &&
              g_strcmp0 (bv_claim_spec_find_claim (volume, &writes), claim) == 0 &&
              targets != NULL && g_strv_contains (targets, disk->target))
            return TRUE;
        }
    }
  return FALSE;
}

gboolean
bv_outgoing_claims_check_copied (const BvApiVirtualMachineInstanceSpec *spec,
                                 const char *const *copied, GPtrArray *disks,
                                 const char *const *targets, GError **error)
{
  for (guint i = 0; copied[i] != NULL; i++)
    {
      if (is_moved (spec, copied[i], disks, targets))
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("The guest only reads the claim %s, which libvirt does not copy, and the "
                      "other host has not the same storage. Put the claim on storage that both "
                      "have, or stop the guest."),
                   copied[i]);
      return FALSE;
    }
  return TRUE;
}
