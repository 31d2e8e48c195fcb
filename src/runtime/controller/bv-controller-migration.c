/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-migration.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "migration/bv-migration-config.h"
#include "migration/bv-migration.h"
#include "migration/bv-outgoing-claims.h"
#include "migration/bv-reception.h"
#include "model/bv-error.h"
#include "runtime/controller/bv-controller-private.h"
#include "runtime/domain/bv-domain-owner.h"
#include "runtime/vm/bv-vm-runtime.h"

/* Migrations of a guest that are over. */
#define MOST_KEPT 5

const BvMigrationRecord *
bv_controller_get_migration_record (BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_MIGRATION (runtime))
    return bv_migration_get_record (runtime);
  return BV_IS_RECEPTION (runtime) ? bv_reception_get_record (runtime) : NULL;
}

/* Names. */

static void
reserve_name (BvController *self, const char *kind, const char *namespace, const char *name,
              const char *who, const char *why)
{
  g_autofree char *key = bv_entry_make_key (kind, namespace, name);

  bv_registry_reserve (self->registry, key, who, why);
}

gboolean
bv_controller_is_storage (const char *kind)
{
  return g_str_equal (kind, "PersistentVolumeClaim") || g_str_equal (kind, "DataVolume");
}

static void
reserve_claims (BvController *self, GPtrArray *rows, const char *who, const char *why)
{
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (rows, i);

      if (bv_controller_is_storage (row->kind))
        reserve_name (self, row->kind, row->namespace, row->name, who, why);
    }
}

/* No other VM or VMI may get the name. */
static void
reserve (BvController *self, BvEntry *migration, const char *namespace, const char *name)
{
  static const char *const kinds[] = { "VirtualMachine", "VirtualMachineInstance" };
  const BvMigrationRecord *record = bv_controller_get_migration_record (migration);
  const char *uid = bv_object_get_uid (bv_entry_get_object (migration));
  g_autofree char *why = NULL;

  if (record->is_target)
    why = g_strdup_printf (_ ("The guest %s/%s is about to come from the host %s. Wait for the end "
                              "of that, or choose another name."),
                           namespace, name, record->source);
  else
    why = g_strdup_printf (_ ("The guest %s/%s moved to the host %s and may run there. Apply it "
                              "there; or, if it is gone there, delete the "
                              "VirtualMachineInstanceMigration %s here first."),
                           namespace, name, record->target,
                           bv_object_get_name (bv_entry_get_object (migration)));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    reserve_name (self, kinds[i], namespace, name, uid, why);
  if (record->is_target)
    reserve_claims (self, bv_reception_get_rows (bv_entry_get_runtime (migration)), uid, why);
}

/* Its status tells whether a guest is on its way to it. */
static void
update_receiver (BvController *self, const char *namespace, const char *name)
{
  BvEntry *vm = bv_registry_find (self->registry, "VirtualMachine", namespace, name);

  if (vm != NULL && self->environment->guests_known)
    bv_vm_runtime_reconcile (bv_entry_get_runtime (vm));
}

static void
update_reservation (BvController *self, BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);
  const BvMigrationRecord *record = bv_controller_get_migration_record (entry);

  bv_registry_unreserve (self->registry, bv_object_get_uid (object));
  if (record->is_target ? !bv_migration_record_is_over (record)
                        : record->stage == BV_MIGRATION_DONE)
    reserve (self, entry, bv_object_get_namespace (object), record->vmi_name);
  if (record->is_target)
    update_receiver (self, bv_object_get_namespace (object), record->vmi_name);
}

/* Runtimes. */

static int
compare_ages (gconstpointer a, gconstpointer b)
{
  gint64 one = bv_entry_get_created (*(BvEntry *const *)a);
  gint64 other = bv_entry_get_created (*(BvEntry *const *)b);

  return one < other ? 1 : one > other ? -1 : 0;
}

/* As KubeVirt, the newest that are over are kept. */
static void
prune (BvController *self, BvEntry *newest)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (newest));
  const char *name = bv_controller_get_migration_record (newest)->vmi_name;
  guint n = 0;

  g_ptr_array_sort (entries, compare_ages);
  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);
      const BvMigrationRecord *record = bv_controller_get_migration_record (entry);

      if (record == NULL || !bv_migration_record_is_over (record) ||
          g_strcmp0 (record->vmi_name, name) != 0 ||
          g_strcmp0 (bv_object_get_namespace (bv_entry_get_object (entry)), namespace) != 0)
        continue;
      if (++n > MOST_KEPT && record->stage != BV_MIGRATION_DONE)
        bv_controller_remove_entry (self, entry);
    }
}

static void
migration_ended_cb (BvController *self, GObject *runtime)
{
  BvEntry *entry = g_object_get_data (runtime, "entry");
  BvEntry *vmi =
      bv_registry_find_uid (self->registry, bv_controller_get_migration_record (entry)->vmi_uid);

  update_reservation (self, entry);
  if (vmi != NULL)
    bv_vmi_runtime_migration_ended (bv_entry_get_runtime (vmi));
  prune (self, entry);
  if (bv_entry_get_deleted (entry) != 0)
    bv_controller_remove_entry (self, entry);
}

gboolean
bv_controller_make_migration_runtime (BvController *self, BvEntry *entry, const char *status,
                                      GError **error)
{
  BvMigrationRecord *record = bv_migration_record_new_from_json (status, error);
  g_autoptr (GObject) runtime = NULL;

  if (record == NULL)
    return FALSE;
  if (record->is_target)
    runtime = G_OBJECT (bv_reception_new (self, entry, record));
  else
    runtime = G_OBJECT (bv_migration_new (self, entry, record));
  bv_entry_set_runtime (entry, runtime);
  g_object_set_data (runtime, "entry", entry);
  g_signal_connect_object (runtime, "ended", G_CALLBACK (migration_ended_cb), self,
                           G_CONNECT_SWAPPED);
  update_reservation (self, entry);
  return TRUE;
}

void
bv_controller_end_migration (BvController *self, BvEntry *migration)
{
  gpointer runtime = bv_entry_get_runtime (migration);
  g_autoptr (GError) error = NULL;

  if (bv_migration_record_is_over (bv_controller_get_migration_record (migration)))
    {
      bv_registry_unreserve (self->registry, bv_object_get_uid (bv_entry_get_object (migration)));
      bv_controller_remove_entry (self, migration);
    }
  else if (BV_IS_MIGRATION (runtime) && !bv_migration_cancel (runtime, &error))
    g_debug ("%s", error->message);
}

gboolean
bv_controller_check_not_waiting (BvEntry *migration, GError **error)
{
  const BvMigrationRecord *record = bv_controller_get_migration_record (migration);
  g_autofree char *what = NULL;

  if (record == NULL || !record->is_target || record->stage > BV_MIGRATION_READY)
    return TRUE;
  what = bv_entry_describe (migration);
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("%s is how a guest comes here from the host %s, which has a say in it: cancel it "
                  "there. If that host is off and stays off, “barevirt migration resolve %s "
                  "--owner %s” gives up here what has come."),
               what, record->source, record->vmi_name, record->source);
  return FALSE;
}

gboolean
bv_controller_check_not_given_away (BvController *self, BvEntry *entry, GError **error)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  BvEntry *vmi = BV_IS_VM_RUNTIME (runtime) ? bv_controller_find_vmi_of (self, entry) : entry;
  gpointer vmi_runtime = vmi != NULL ? bv_entry_get_runtime (vmi) : NULL;
  const char *uid =
      BV_IS_VMI_RUNTIME (vmi_runtime) ? bv_vmi_runtime_get_status (vmi_runtime)->migration : NULL;
  BvEntry *migration = uid != NULL ? bv_registry_find_uid (self->registry, uid) : NULL;
  const BvMigrationRecord *record =
      migration != NULL ? bv_controller_get_migration_record (migration) : NULL;

  if (record == NULL || record->stage != BV_MIGRATION_RELEASED)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("%s was given to the host %s, which has not confirmed that it has it. Delete it "
                  "there, or say by “barevirt migration resolve” that this host keeps it."),
               bv_object_get_name (bv_entry_get_object (entry)), record->target);
  return FALSE;
}

gboolean
bv_controller_owns_domain (const BvDomainInfo *domain, const char *uid)
{
  g_autofree char *found = bv_domain_owner_read_uid (domain->metadata);

  return g_strcmp0 (found, uid) == 0;
}

/* What goes with a guest. */

static gboolean
is_claim (BvEntry *entry)
{
  return bv_controller_is_storage (bv_object_get_kind (bv_entry_get_object (entry)));
}

static void
add_row (GPtrArray *rows, BvEntry *entry)
{
  g_autofree char *status = bv_controller_dup_status (entry);

  g_ptr_array_add (rows, bv_entry_to_row (entry, status));
}

GPtrArray *
bv_controller_collect_for_migration (BvController *self, BvEntry *vmi, BvEntry *migration)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_store_row_free);
  BvEntry *vm = bv_registry_find_uid (self->registry, bv_entry_get_owner (vmi));
  g_autoptr (GPtrArray) named = bv_controller_list_references (self, bv_entry_get_object (vmi));
  g_autoptr (GPtrArray) claims = bv_outgoing_claims_list (self->registry, vmi);

  for (guint i = 0; i < named->len; i++)
    if (!is_claim (g_ptr_array_index (named, i)))
      add_row (rows, g_ptr_array_index (named, i));
  for (guint i = 0; i < claims->len; i++)
    add_row (rows, g_ptr_array_index (claims, i));
  if (vm != NULL)
    add_row (rows, vm);
  add_row (rows, vmi);
  add_row (rows, migration);
  return rows;
}

static gboolean
is_named (BvController *self, BvEntry *wanted)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  for (guint i = 0; i < entries->len; i++)
    {
      BvObject *object = bv_entry_get_object (g_ptr_array_index (entries, i));
      g_autoptr (GPtrArray) named = bv_controller_list_references (self, object);

      if (g_ptr_array_find (named, wanted, NULL))
        return TRUE;
    }
  return FALSE;
}

void
bv_controller_remove_unnamed (BvController *self, const char *uids)
{
  g_auto (GStrv) list = g_strsplit (uids != NULL ? uids : "", " ", -1);

  for (guint i = 0; list[i] != NULL; i++)
    {
      BvEntry *entry = bv_registry_find_uid (self->registry, list[i]);

      if (entry != NULL && !is_named (self, entry))
        bv_controller_remove_entry (self, entry);
    }
}

/* Asked for. */

static void
bv_controller_migration_applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GPtrArray) jobs = NULL;
  GError *error = NULL;
  g_autoptr (GArray) applied =
      bv_controller_apply_finish (BV_CONTROLLER (source), result, &jobs, &error);

  if (applied == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_object_ref (g_ptr_array_index (jobs, 0)), g_object_unref);
}

/* As a text in a text: both of JSON, which is YAML, too. */
static char *
write_annotations (GVariant *configuration)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
  g_autofree char *text = NULL;
  g_autofree char *quoted = NULL;

  if (configuration == NULL)
    return g_strdup ("{}");
  text = json_gvariant_serialize_data (configuration, NULL);
  json_node_set_string (node, text);
  quoted = json_to_string (node, FALSE);
  return g_strdup_printf ("{" BV_MIGRATION_CONFIGURATION_ANNOTATION ": %s}", quoted);
}

static char *
write_migration (BvObject *vmi, const char *host, GVariant *configuration)
{
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *annotations = write_annotations (configuration);

  random[8] = '\0';
  return g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                          "kind: VirtualMachineInstanceMigration\n"
                          "metadata:\n"
                          "  name: kubevirt-migrate-vm-%s\n"
                          "  namespace: %s\n"
                          "  annotations: %s\n"
                          "spec:\n"
                          "  vmiName: %s\n"
                          "  addedNodeSelector: {kubernetes.io/hostname: \"%s\"}\n",
                          random, bv_object_get_namespace (vmi), annotations,
                          bv_object_get_name (vmi), host);
}

static gboolean
check_configuration (BvController *self, BvEntry *vmi, GVariant *configuration, GError **error)
{
  g_autoptr (BvMigrationConfig) config = bv_migration_config_resolve (
      self->environment->config, bv_vmi_get_record (BV_VMI (bv_entry_get_object (vmi))),
      configuration, error);

  return config != NULL;
}

void
bv_controller_migrate_async (BvController *self, BvEntry *vmi, const char *host,
                             GVariant *configuration, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;
  const BvRemoteHost *found = bv_migration_check (self, vmi, host, &error);
  g_autofree char *text = NULL;

  g_task_set_source_tag (task, bv_controller_migrate_async);
  if (found == NULL || !check_configuration (self, vmi, configuration, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  text = write_migration (bv_entry_get_object (vmi), found->name, configuration);
  bv_controller_apply_async (self, text, "migration", BV_MANIFEST_NONE,
                             bv_controller_migration_applied_cb, g_steal_pointer (&task));
}

BvJob *
bv_controller_migrate_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
