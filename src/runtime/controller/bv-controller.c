/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/vm/bv-vm-runtime.h"

G_DEFINE_FINAL_TYPE (BvController, bv_controller, G_TYPE_OBJECT)

enum
{
  JOB_ADDED,
  READY_CHANGED,
  MANIFESTS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_controller_finalize (GObject *object)
{
  BvController *self = BV_CONTROLLER (object);

  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_pointer (&self->deletions, g_hash_table_unref);
  g_clear_pointer (&self->given_up, g_hash_table_unref);
  g_clear_pointer (&self->by_domain, g_hash_table_unref);
  g_clear_pointer (&self->mutations, bv_mutation_queue_unref);
  g_clear_object (&self->registry);
  g_clear_pointer (&self->environment, bv_environment_unref);
  G_OBJECT_CLASS (bv_controller_parent_class)->finalize (object);
}

static void
bv_controller_class_init (BvControllerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_controller_finalize;
  signals[JOB_ADDED] = g_signal_new ("job-added", BV_TYPE_CONTROLLER, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, BV_TYPE_JOB);
  signals[MANIFESTS_CHANGED] =
      g_signal_new ("manifests-changed", BV_TYPE_CONTROLLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
  signals[READY_CHANGED] = g_signal_new ("ready-changed", BV_TYPE_CONTROLLER, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_controller_init (BvController *self)
{
  self->registry = bv_registry_new ();
  self->by_domain = g_hash_table_new (g_str_hash, g_str_equal);
  self->deletions = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
  self->given_up = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

BvController *
bv_controller_new (BvEnvironment *environment)
{
  BvController *self = g_object_new (BV_TYPE_CONTROLLER, NULL);

  self->environment = bv_environment_ref (environment);
  bv_environment_set_registry (environment, self->registry);
  self->mutations = bv_mutation_queue_new (environment->store);
  return self;
}

BvEnvironment *
bv_controller_get_environment (BvController *self)
{
  return self->environment;
}

BvRegistry *
bv_controller_get_registry (BvController *self)
{
  return self->registry;
}

gboolean
bv_controller_is_ready (BvController *self)
{
  return self->ready;
}

void
bv_controller_set_ready (BvController *self, gboolean ready)
{
  if (self->ready == ready)
    return;
  self->ready = ready;
  g_signal_emit (self, signals[READY_CHANGED], 0);
}

void
bv_controller_add_job (BvController *self, BvJob *job)
{
  g_signal_emit (self, signals[JOB_ADDED], 0, job);
}

BvPolicy *
bv_controller_get_policy (BvController *self)
{
  return bv_config_get_policy (self->environment->config);
}

/* Entries and their runtimes. */

BvEntry *
bv_controller_find_vmi_of (BvController *self, BvEntry *vm)
{
  BvObject *object = bv_entry_get_object (vm);
  BvEntry *vmi = bv_registry_find (self->registry, "VirtualMachineInstance",
                                   bv_object_get_namespace (object), bv_object_get_name (object));

  if (vmi == NULL || g_strcmp0 (bv_entry_get_owner (vmi), bv_object_get_uid (object)) != 0)
    return NULL;
  return vmi;
}

/* The VM that ENTRY was made for, or NULL. */
BvVmRuntime *
bv_controller_find_owner (BvController *self, BvEntry *entry)
{
  BvEntry *owner = bv_registry_find_uid (self->registry, bv_entry_get_owner (entry));

  return owner != NULL ? bv_entry_get_runtime (owner) : NULL;
}

static void
vmi_ended_cb (BvController *self, BvVmiRuntime *runtime)
{
  BvEntry *entry = bv_vmi_runtime_get_entry (runtime);

  bv_controller_release_claims (self, entry);
  /* One that has moved goes with its VM, which would make another without it. */
  if (bv_entry_get_deleted (entry) != 0 && !bv_vmi_runtime_is_migrating (runtime))
    bv_controller_remove_entry (self, entry);
}

static void
claim_released_cb (BvController *self, const char *name, BvVmiRuntime *runtime)
{
  bv_controller_release_claim (
      self, bv_object_get_namespace (bv_entry_get_object (bv_vmi_runtime_get_entry (runtime))),
      name);
}

static void
vmi_job_added_cb (BvController *self, BvJob *job)
{
  bv_controller_add_job (self, job);
}

static gboolean
make_vmi_runtime (BvController *self, BvEntry *entry, const char *status, GError **error)
{
  BvVmiStatus *facts = bv_vmi_status_new_from_json (status, error);
  g_autoptr (BvVmiRuntime) runtime = NULL;

  if (facts == NULL)
    return FALSE;
  runtime = bv_vmi_runtime_new (self->environment, entry, facts);
  bv_entry_set_runtime (entry, runtime);
  g_signal_connect_object (runtime, "ended", G_CALLBACK (vmi_ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "claim-released", G_CALLBACK (claim_released_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "job-added", G_CALLBACK (vmi_job_added_cb), self,
                           G_CONNECT_SWAPPED);
  g_hash_table_replace (self->by_domain, (char *)bv_vmi_runtime_get_domain_name (runtime), runtime);
  return TRUE;
}

static gboolean
make_vm_runtime (BvController *self, BvEntry *entry, const char *status, GError **error)
{
  BvVmHooks hooks;
  g_autoptr (BvVmRuntime) runtime = bv_vm_runtime_new (
      self->environment, entry, bv_controller_make_vm_hooks (self, &hooks), status, error);

  bv_entry_set_runtime (entry, runtime);
  return runtime != NULL;
}

static gboolean
make_runtime (BvController *self, BvEntry *entry, const char *status, GError **error)
{
  BvObject *object = bv_entry_get_object (entry);

  if (BV_IS_VMI (object))
    return make_vmi_runtime (self, entry, status, error);
  if (BV_IS_VIRTUAL_MACHINE (object))
    return make_vm_runtime (self, entry, status, error);
  if (g_str_equal (bv_object_get_kind (object), "PersistentVolumeClaim"))
    return bv_controller_make_claim_runtime (self, entry, status, error);
  if (g_str_equal (bv_object_get_kind (object), "DataVolume"))
    return bv_controller_make_data_volume_runtime (self, entry, status, error);
  if (g_str_equal (bv_object_get_kind (object), "VirtualMachineInstanceMigration"))
    return bv_controller_make_migration_runtime (self, entry, status, error);
  return TRUE;
}

void
bv_controller_add_entry (BvController *self, BvEntry *entry)
{
  g_autoptr (GError) error = NULL;

  if (!bv_controller_add_entry_with_status (self, entry, "{}", &error))
    g_error ("An empty status cannot be read: %s", error->message);
}

/* One of which there is something to be known. */
gboolean
bv_controller_add_entry_with_status (BvController *self, BvEntry *entry, const char *status,
                                     GError **error)
{
  if (!make_runtime (self, entry, status, error))
    return FALSE;
  bv_registry_add (self->registry, entry);
  return TRUE;
}

char *
bv_controller_dup_status (BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_VMI_RUNTIME (runtime))
    return bv_vmi_runtime_dup_status_json (runtime);
  if (BV_IS_VM_RUNTIME (runtime))
    return bv_vm_runtime_dup_status_json (runtime);
  if (BV_IS_CLAIM_RUNTIME (runtime))
    return bv_claim_runtime_dup_status_json (runtime);
  if (BV_IS_DATA_VOLUME_RUNTIME (runtime))
    return bv_data_volume_runtime_dup_status_json (runtime);
  if (BV_IS_MIGRATION (runtime))
    return bv_migration_dup_status_json (runtime);
  if (BV_IS_RECEPTION (runtime))
    return bv_reception_dup_status_json (runtime);
  return g_strdup ("{}");
}

/* Reads the stored objects; nothing of them is begun before libvirt has answered. */
gboolean
bv_controller_load (BvController *self, GError **error)
{
  g_autoptr (GPtrArray) rows = bv_store_load (self->environment->store, error);

  if (rows == NULL || !bv_event_log_load (self->environment->events, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const BvStoreRow *row = g_ptr_array_index (rows, i);
      g_autoptr (BvEntry) entry = bv_entry_new_from_row (row, error);

      if (entry == NULL || !make_runtime (self, entry, row->status, error))
        {
          g_prefix_error (error, _ ("The stored %s %s/%s cannot be read: "), row->kind,
                          row->namespace, row->name);
          return FALSE;
        }
      bv_registry_add (self->registry, entry);
    }
  return TRUE;
}

static void
manifests_changed_cb (BvController *self)
{
  g_signal_emit (self, signals[MANIFESTS_CHANGED], 0);
}

gboolean
bv_controller_watch_manifests (BvController *self, const char *path, GError **error)
{
  self->manifests = bv_manifest_folder_new (self, path);
  g_signal_connect_object (self->manifests, "changed", G_CALLBACK (manifests_changed_cb), self,
                           G_CONNECT_SWAPPED);
  return bv_manifest_folder_load (self->manifests, error);
}

/* Empty where none is watched. */
const char *
bv_controller_get_manifest_folder (BvController *self)
{
  return self->manifests != NULL ? bv_manifest_folder_get_path (self->manifests) : "";
}

GVariant *
bv_controller_get_manifest_problems (BvController *self)
{
  return self->manifests != NULL ? bv_manifest_folder_get_problems (self->manifests)
                                 : g_variant_new ("a{ss}", NULL);
}

void
bv_controller_stop (BvController *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  g_signal_handlers_disconnect_by_data (self->environment->connection, self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  bv_connection_stop (self->environment->connection);
  for (guint i = 0; i < entries->len; i++)
    bv_entry_set_runtime (g_ptr_array_index (entries, i), NULL);
  g_hash_table_remove_all (self->by_domain);
  g_clear_object (&self->manifests);
  bv_event_log_flush (self->environment->events);
}
