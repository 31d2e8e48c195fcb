/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-controller-private.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "model/bv-error.h"
#include "runtime/bv-domain-owner.h"
#include "runtime/bv-domain.h"
#include "runtime/bv-mutation-queue.h"
#include "runtime/bv-vm-runtime.h"

G_DEFINE_FINAL_TYPE (BvController, bv_controller, G_TYPE_OBJECT)

enum
{
  JOB_ADDED,
  READY_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_controller_finalize (GObject *object)
{
  BvController *self = BV_CONTROLLER (object);

  g_clear_pointer (&self->deletions, g_hash_table_unref);
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
  signals[READY_CHANGED] = g_signal_new ("ready-changed", BV_TYPE_CONTROLLER, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_controller_init (BvController *self)
{
  self->registry = bv_registry_new ();
  self->by_domain = g_hash_table_new (g_str_hash, g_str_equal);
  self->deletions = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
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

static void remove_entry (BvController *self, BvEntry *entry);
static const BvVmHooks *make_vm_hooks (BvController *self, BvVmHooks *hooks);

static BvEntry *
find_vmi_of (BvController *self, BvEntry *vm)
{
  BvObject *object = bv_entry_get_object (vm);
  BvEntry *vmi = bv_registry_find (self->registry, "VirtualMachineInstance",
                                   bv_object_get_namespace (object), bv_object_get_name (object));

  if (vmi == NULL || g_strcmp0 (bv_entry_get_owner (vmi), bv_object_get_uid (object)) != 0)
    return NULL;
  return vmi;
}

/* The VM that ENTRY was made for, or NULL. */
static BvVmRuntime *
find_owner (BvController *self, BvEntry *entry)
{
  BvEntry *owner = bv_registry_find_uid (self->registry, bv_entry_get_owner (entry));

  return owner != NULL ? bv_entry_get_runtime (owner) : NULL;
}

static void
vmi_ended_cb (BvController *self, BvVmiRuntime *runtime)
{
  BvEntry *entry = bv_vmi_runtime_get_entry (runtime);

  if (bv_entry_get_deleted (entry) != 0)
    remove_entry (self, entry);
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
  g_hash_table_insert (self->by_domain, (char *)bv_vmi_runtime_get_domain_name (runtime), runtime);
  return TRUE;
}

static gboolean
make_vm_runtime (BvController *self, BvEntry *entry, const char *status, GError **error)
{
  BvVmHooks hooks;
  g_autoptr (BvVmRuntime) runtime =
      bv_vm_runtime_new (self->environment, entry, make_vm_hooks (self, &hooks), status, error);

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
  return TRUE;
}

void
bv_controller_add_entry (BvController *self, BvEntry *entry)
{
  g_autoptr (GError) error = NULL;

  if (!make_runtime (self, entry, "{}", &error))
    g_error ("An empty status cannot be read: %s", error->message);
  bv_registry_add (self->registry, entry);
}

char *
bv_controller_dup_status (BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_VMI_RUNTIME (runtime))
    return bv_vmi_runtime_dup_status_json (runtime);
  if (BV_IS_VM_RUNTIME (runtime))
    return bv_vm_runtime_dup_status_json (runtime);
  return g_strdup ("{}");
}

/* Removal: the row first. */

typedef struct
{
  BvController *controller;
  BvEntry *entry;
} Removal;

static BvStoreBatch *
prepare_removal (gpointer user_data, GError **error)
{
  const Removal *removal = user_data;
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_delete (batch, bv_object_get_uid (bv_entry_get_object (removal->entry)));
  return batch;
}

static void
forget (BvController *self, BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  g_autoptr (BvVmRuntime) owner = NULL;

  if (BV_IS_VMI_RUNTIME (runtime))
    {
      g_hash_table_remove (self->by_domain, bv_vmi_runtime_get_domain_name (runtime));
      owner = find_owner (self, entry);
      owner = owner != NULL ? g_object_ref (owner) : NULL;
    }
  bv_registry_remove (self->registry, entry);
  if (owner != NULL)
    bv_vm_runtime_set_vmi (owner, NULL);
  bv_entry_set_runtime (entry, NULL);
}

static void
finish_removal (gpointer user_data, const GError *error)
{
  g_autofree Removal *removal = user_data;
  g_autoptr (BvController) self = removal->controller;
  g_autoptr (BvEntry) entry = removal->entry;
  BvEntry *owner = bv_registry_find_uid (self->registry, bv_entry_get_owner (entry));
  BvJob *job = g_hash_table_lookup (self->deletions, entry);

  if (error != NULL)
    {
      g_warning ("%s was not removed: %s", bv_entry_get_key (entry), error->message);
      if (job != NULL)
        bv_job_fail (job, error);
      /* One who tries again gets a job that can still succeed. */
      g_hash_table_remove (self->deletions, entry);
      return;
    }
  /* Two calls to delete it may both have found it ready to go. */
  if (bv_entry_is_removed (entry))
    return;
  owner = owner != NULL ? g_object_ref (owner) : NULL;
  forget (self, entry);
  if (job != NULL)
    bv_job_succeed (job);
  g_hash_table_remove (self->deletions, entry);
  if (owner != NULL && bv_entry_get_deleted (owner) != 0)
    remove_entry (self, owner);
  g_clear_object (&owner);
}

static void
remove_entry (BvController *self, BvEntry *entry)
{
  Removal *removal = g_new0 (Removal, 1);

  removal->controller = g_object_ref (self);
  removal->entry = g_object_ref (entry);
  bv_mutation_queue_push (self->mutations, prepare_removal, finish_removal, removal);
}

/* Deletion: marked first, then what runs is stopped, then it is removed. */

typedef struct
{
  GTask *task; /* NULL where nobody waits */
  BvController *controller;
  BvEntry *entry;
  gint64 grace_period;
} Deletion;

/* Does what is left of a deletion that is on record. */
static void
carry_on_deletion (BvController *self, BvEntry *entry, gint64 grace_period)
{
  gpointer runtime = bv_entry_get_runtime (entry);
  BvEntry *vmi = BV_IS_VM_RUNTIME (runtime) ? find_vmi_of (self, entry) : NULL;

  if (BV_IS_VMI_RUNTIME (runtime))
    {
      if (bv_vmi_runtime_is_over (runtime))
        remove_entry (self, entry);
      else
        bv_vmi_runtime_stop (runtime, grace_period);
    }
  else if (vmi != NULL)
    bv_controller_delete_async (self, vmi, grace_period, NULL, NULL);
  else
    remove_entry (self, entry);
}

static BvStoreBatch *
prepare_deletion (gpointer user_data, GError **error)
{
  const Deletion *deletion = user_data;
  g_autofree char *status = bv_controller_dup_status (deletion->entry);
  BvStoreBatch *batch;
  BvStoreRow *row;

  if (bv_entry_is_removed (deletion->entry))
    {
      g_autofree char *what = bv_entry_describe (deletion->entry);

      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND, _ ("%s is gone."), what);
      return NULL;
    }
  if (bv_entry_get_deleted (deletion->entry) != 0)
    return NULL;
  batch = bv_store_batch_new ();
  row = bv_entry_to_row (deletion->entry, status);
  row->deleted = g_get_real_time ();
  bv_store_batch_put (batch, row);
  return batch;
}

static BvJob *
ensure_deletion_job (BvController *self, BvEntry *entry)
{
  BvJob *job = g_hash_table_lookup (self->deletions, entry);

  if (job != NULL)
    return g_object_ref (job);
  job = bv_job_new ("delete", entry);
  g_hash_table_insert (self->deletions, g_object_ref (entry), g_object_ref (job));
  bv_controller_add_job (self, job);
  return job;
}

static void
finish_deletion (gpointer user_data, const GError *error)
{
  g_autofree Deletion *deletion = user_data;
  g_autoptr (GTask) task = deletion->task;
  g_autoptr (BvController) self = deletion->controller;
  g_autoptr (BvEntry) entry = deletion->entry;
  g_autoptr (BvJob) job = NULL;

  if (error != NULL)
    {
      if (task != NULL)
        g_task_return_error (task, g_error_copy (error));
      return;
    }
  job = ensure_deletion_job (self, entry);
  bv_entry_mark_deleted (entry);
  carry_on_deletion (self, entry, deletion->grace_period);
  if (BV_IS_VM_RUNTIME (bv_entry_get_runtime (entry)))
    bv_vm_runtime_reconcile (bv_entry_get_runtime (entry));
  if (task != NULL)
    g_task_return_pointer (task, g_steal_pointer (&job), g_object_unref);
}

void
bv_controller_delete_async (BvController *self, BvEntry *entry, gint64 grace_period,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  Deletion *deletion = g_new0 (Deletion, 1);

  deletion->controller = g_object_ref (self);
  deletion->entry = g_object_ref (entry);
  deletion->grace_period = grace_period;
  if (callback != NULL)
    {
      deletion->task = g_task_new (self, NULL, callback, user_data);
      g_task_set_source_tag (deletion->task, bv_controller_delete_async);
    }
  bv_mutation_queue_push (self->mutations, prepare_deletion, finish_deletion, deletion);
}

BvJob *
bv_controller_delete_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

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

static gboolean
check_causes (GPtrArray *causes, GError **error)
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
  causes = bv_object_admit (BV_OBJECT (vmi), bv_controller_get_policy (self));
  if (!check_causes (causes, error))
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
  g_autofree char *json = bv_object_to_json (work->object);
  g_autofree char *status = bv_controller_dup_status (work->vm);
  BvStoreBatch *batch;

  if (bv_entry_is_removed (work->vm))
    return NULL;
  work->made = bv_entry_new_successor (work->vm, work->object, json);
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

static const BvVmHooks *
make_vm_hooks (BvController *self, BvVmHooks *hooks)
{
  *hooks = (BvVmHooks){ create_vmi_hook, delete_vmi_hook, replace_object_hook, self };
  return hooks;
}

/* The start of the service, and each connection to libvirt. */

/* Reads the stored objects; nothing of them is begun before libvirt has answered. */
gboolean
bv_controller_load (BvController *self, GError **error)
{
  g_autoptr (GPtrArray) rows = bv_store_load (self->environment->store, error);

  if (rows == NULL)
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
set_ready (BvController *self, gboolean ready)
{
  if (self->ready == ready)
    return;
  self->ready = ready;
  g_signal_emit (self, signals[READY_CHANGED], 0);
}

/* uid -> BvDomainInfo, of the domains that are ours. */
static GHashTable *
index_domains (GPtrArray *domains)
{
  GHashTable *index =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)bv_domain_info_free);

  g_ptr_array_set_free_func (domains, NULL);
  for (guint i = 0; i < domains->len; i++)
    {
      BvDomainInfo *info = g_ptr_array_index (domains, i);
      char *uid = bv_domain_owner_read_uid (info->metadata);

      if (uid != NULL)
        g_hash_table_replace (index, uid, info);
      else
        bv_domain_info_free (info);
    }
  return index;
}

static void
reconcile_vmi (BvVmiRuntime *runtime, GHashTable *domains)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (bv_vmi_runtime_get_entry (runtime)));
  g_autofree char *key = NULL;
  BvDomainInfo *info = NULL;

  g_hash_table_steal_extended (domains, uid, (gpointer *)&key, (gpointer *)&info);
  bv_vmi_runtime_reconcile (runtime, info);
}

static void
reconcile_entry (BvController *self, BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_VM_RUNTIME (runtime))
    bv_vm_runtime_set_vmi (runtime, find_vmi_of (self, entry));
  if (bv_entry_get_deleted (entry) != 0)
    {
      g_autoptr (BvJob) job = ensure_deletion_job (self, entry);

      carry_on_deletion (self, entry, -1);
    }
  else if (BV_IS_VM_RUNTIME (runtime))
    bv_vm_runtime_reconcile (runtime);
}

static void
reconcile (BvController *self, GPtrArray *domains)
{
  g_autoptr (GHashTable) index = index_domains (domains);
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  GHashTableIter iter;
  gpointer uid, info;

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);

      if (BV_IS_VMI_RUNTIME (bv_entry_get_runtime (entry)))
        reconcile_vmi (bv_entry_get_runtime (entry), index);
    }
  for (guint i = 0; i < entries->len; i++)
    reconcile_entry (self, g_ptr_array_index (entries, i));
  g_hash_table_iter_init (&iter, index);
  while (g_hash_table_iter_next (&iter, &uid, &info))
    g_warning ("The domain %s belongs to a virtual machine that is not stored here; it is left "
               "alone.",
               ((const BvDomainInfo *)info)->name);
  set_ready (self, TRUE);
}

static void
bv_controller_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvController) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains =
      bv_domain_list_all_finish (BV_CONNECTION (source), result, &error);

  if (domains != NULL)
    reconcile (self, domains);
  else
    g_warning ("libvirt's domains cannot be listed: %s", error->message);
}

static void
bv_controller_refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvController) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_host_refresh_finish (BV_HOST (source), result, &error))
    bv_domain_list_all_async (self->environment->connection, NULL, bv_controller_listed_cb,
                              g_object_ref (self));
  else
    g_warning ("libvirt does not tell about this host: %s", error->message);
}

static void
connected_cb (BvController *self)
{
  bv_host_refresh_async (self->environment->host, bv_controller_refreshed_cb, g_object_ref (self));
}

static void
disconnected_cb (BvController *self, const char *reason)
{
  GHashTableIter iter;
  gpointer runtime;

  g_warning ("The connection to libvirt is lost: %s", reason);
  set_ready (self, FALSE);
  g_hash_table_iter_init (&iter, self->by_domain);
  while (g_hash_table_iter_next (&iter, NULL, &runtime))
    bv_vmi_runtime_disconnected (runtime);
}

static void
domain_event_cb (BvController *self, BvDomainEvent *event)
{
  BvVmiRuntime *runtime = g_hash_table_lookup (self->by_domain, event->name);

  if (runtime != NULL)
    bv_vmi_runtime_handle_event (runtime, event);
}

void
bv_controller_start (BvController *self)
{
  BvConnection *connection = self->environment->connection;

  bv_policy_set_architecture (bv_controller_get_policy (self),
                              bv_host_get_facts (self->environment->host)->architecture);
  g_signal_connect_object (connection, "connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (connection, "disconnected", G_CALLBACK (disconnected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (connection, "domain-event", G_CALLBACK (domain_event_cb), self,
                           G_CONNECT_SWAPPED);
  bv_connection_start (connection);
}

void
bv_controller_stop (BvController *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  g_signal_handlers_disconnect_by_data (self->environment->connection, self);
  bv_connection_stop (self->environment->connection);
  for (guint i = 0; i < entries->len; i++)
    bv_entry_set_runtime (g_ptr_array_index (entries, i), NULL);
  g_hash_table_remove_all (self->by_domain);
}
