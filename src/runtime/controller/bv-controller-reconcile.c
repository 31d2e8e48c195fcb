/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "model/bv-error.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/domain/bv-domain-owner.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "runtime/vmi/bv-vmi-networks.h"

/* The start of the service, and each connection to libvirt. */

#define RETRY_SECONDS 5

static void connected_cb (BvController *self);

static gboolean
bv_controller_retry_cb (gpointer user_data)
{
  BvController *self = user_data;

  self->retry_id = 0;
  connected_cb (self);
  return G_SOURCE_REMOVE;
}

/* One that was too busy may answer the next time; one that is gone is asked when it is back. */
static void
retry_later (BvController *self)
{
  if (bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED &&
      self->retry_id == 0)
    self->retry_id = g_timeout_add_seconds (RETRY_SECONDS, bv_controller_retry_cb, self);
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
reconcile_vmi (BvController *self, BvVmiRuntime *runtime, GHashTable *domains)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (bv_vmi_runtime_get_entry (runtime)));
  g_autofree char *key = NULL;
  BvDomainInfo *info = NULL;
  g_autoptr (BvJob) job = NULL;

  g_hash_table_steal_extended (domains, uid, (gpointer *)&key, (gpointer *)&info);
  bv_vmi_runtime_reconcile (runtime, info);
  /* A start that a former service began goes on, and can be watched and cancelled as before. */
  job = bv_vmi_runtime_dup_start_job (runtime);
  if (job != NULL)
    bv_controller_add_job (self, job);
}

static void
reconcile_entry (BvController *self, BvEntry *entry)
{
  gpointer runtime = bv_entry_get_runtime (entry);

  if (BV_IS_VM_RUNTIME (runtime))
    bv_vm_runtime_set_vmi (runtime, bv_controller_find_vmi_of (self, entry));
  if (bv_entry_get_deleted (entry) != 0)
    {
      g_autoptr (BvJob) job = bv_controller_ensure_deletion_job (self, entry);

      bv_controller_carry_on_deletion (self, entry, -1);
    }
  else if (BV_IS_CLAIM_RUNTIME (runtime))
    bv_claim_runtime_reconcile (runtime);
  else if (BV_IS_DATA_VOLUME_RUNTIME (runtime))
    bv_data_volume_runtime_reconcile (runtime);
  else if (BV_IS_MIGRATION (runtime))
    bv_migration_reconcile (runtime);
  else if (BV_IS_RECEPTION (runtime))
    bv_reception_reconcile (runtime);
  else if (BV_IS_VM_RUNTIME (runtime))
    {
      bv_controller_make_data_volumes (self, entry);
      bv_vm_runtime_reconcile (runtime);
    }
}

static void
reconcile (BvController *self, GPtrArray *domains)
{
  g_autoptr (GHashTable) index = index_domains (domains);
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  GHashTableIter iter;
  gpointer uid, info;

  self->environment->guests_known = TRUE;
  bv_vmi_networks_begin (self->environment);
  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);

      if (BV_IS_VMI_RUNTIME (bv_entry_get_runtime (entry)))
        reconcile_vmi (self, bv_entry_get_runtime (entry), index);
    }
  bv_vmi_networks_end (self->environment);
  bv_controller_collect_kept_state (self);
  for (guint i = 0; i < entries->len; i++)
    reconcile_entry (self, g_ptr_array_index (entries, i));
  g_hash_table_iter_init (&iter, index);
  while (g_hash_table_iter_next (&iter, &uid, &info))
    g_warning ("The domain %s belongs to a virtual machine that is not stored here; it is left "
               "alone.",
               ((const BvDomainInfo *)info)->name);
  bv_controller_set_ready (self, TRUE);
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
    {
      g_warning ("libvirt's domains cannot be listed: %s", error->message);
      retry_later (self);
    }
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
    {
      g_warning ("libvirt does not tell about this host: %s", error->message);
      retry_later (self);
    }
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
  g_clear_handle_id (&self->retry_id, g_source_remove);
  bv_controller_set_ready (self, FALSE);
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
  if (self->manifests != NULL)
    bv_manifest_folder_start (self->manifests);
}
