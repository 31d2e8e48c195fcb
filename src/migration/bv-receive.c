/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-receive.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-admit.h"
#include "migration/bv-incoming-claims.h"
#include "migration/bv-incoming-status.h"
#include "migration/bv-migration-bundle.h"
#include "migration/bv-migration-plan.h"
#include "model/bv-error.h"
#include "runtime/controller/bv-controller-migration.h"
#include "runtime/controller/bv-controller-private.h"
#include "runtime/claim/bv-data-volume-status.h"
#include "runtime/vm/bv-vm-receiver.h"

/* The first word of a guest that is to come: whether this host can take it is found out as for a
 * start, and all that speaks against it is told at once. */

#define MIGRATION "VirtualMachineInstanceMigration"

/* They come late by moments, not by so many migrations. */
#define MOST_GIVEN_UP 256

typedef struct
{
  GTask *task;
  char *objects;
  gboolean tls;
  GVariant *addresses; /* a{sas}: by MAC address, those that the guest has; or NULL */
  GPtrArray *rows;
  GPtrArray *made; /* of BvEntry: what the guest names and was not here */
  BvEntry *migration;
  GPtrArray *reasons; /* of char * */
  BvReception *reception;
} Receipt;

static void
receipt_free (Receipt *self)
{
  g_clear_object (&self->task);
  g_free (self->objects);
  g_clear_pointer (&self->addresses, g_variant_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->made, g_ptr_array_unref);
  g_clear_object (&self->migration);
  g_clear_object (&self->reception);
  g_clear_pointer (&self->reasons, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Receipt, receipt_free)

static void G_GNUC_PRINTF (2, 3) refuse (Receipt *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (self->reasons, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* What a guest may bring with it, if it is not here; and what becomes this host's with it. */
static const char *const companions[] = {
  "Secret", "ConfigMap", "ServiceAccount", "NetworkAttachmentDefinition", NULL,
};
static const char *const storage[] = { "PersistentVolumeClaim", "DataVolume", NULL };

/* Folders and records go by it: whoever sends it must not choose that of another. */
static void
check_uid (Receipt *self, BvController *controller, const BvStoreRow *row)
{
  if (bv_registry_find_uid (controller->registry, row->uid) != NULL)
    refuse (self, _ ("The uid of the %s %s/%s, %s, is that of another object there."), row->kind,
            row->namespace, row->name, row->uid);
}

static void
check_name (Receipt *self, BvController *controller, const BvStoreRow *row)
{
  if (bv_registry_find (controller->registry, row->kind, row->namespace, row->name) != NULL)
    refuse (self, _ ("There is another %s %s/%s there already."), row->kind, row->namespace,
            row->name);
  else
    check_uid (self, controller, row);
}

/* A guest that is on its way here already, by an earlier migration that has not ended. */
static void
check_under_way (Receipt *self, BvController *controller, const BvStoreRow *vmi)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (controller->registry);

  for (guint i = 0; i < entries->len; i++)
    {
      gpointer runtime = bv_entry_get_runtime (g_ptr_array_index (entries, i));
      const BvMigrationRecord *record =
          BV_IS_RECEPTION (runtime) ? bv_reception_get_record (runtime) : NULL;

      if (record != NULL && !bv_migration_record_is_over (record) &&
          g_strcmp0 (record->vmi_uid, vmi->uid) == 0)
        refuse (self, _ ("An earlier migration of the guest, %s, has not ended there yet."),
                bv_object_get_name (bv_entry_get_object (entries->pdata[i])));
    }
}

static void
check_readable (Receipt *self, const BvStoreRow *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvEntry) entry = bv_entry_new_from_row (row, &error);

  if (entry == NULL)
    refuse (self, "%s", error->message);
}

static void
refuse_for (Receipt *self, GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    if (bv_cause_get_severity (causes->pdata[i]) == BV_SEVERITY_ERROR)
      {
        g_autofree char *text = bv_cause_to_string (causes->pdata[i]);

        refuse (self, "%s", text);
      }
}

/* As if it were applied here. */
static void
admit (Receipt *self, BvController *controller, const BvStoreRow *row)
{
  g_autofree char *name = g_strdup_printf ("%s %s/%s", row->kind, row->namespace, row->name);
  g_autoptr (GBytes) bytes = g_bytes_new_static (row->manifest, strlen (row->manifest));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, name, BV_MANIFEST_NONE);
  GListModel *objects = bv_manifest_get_objects (manifest);

  refuse_for (self, bv_manifest_get_causes (manifest));
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (GPtrArray) causes =
          bv_object_admit (object, bv_controller_get_policy (controller));

      refuse_for (self, causes);
    }
}

/* What the guest names is found here, the same, or made. */
static void
find_or_make (Receipt *self, BvController *controller, const BvStoreRow *row)
{
  BvEntry *found = bv_registry_find (controller->registry, row->kind, row->namespace, row->name);
  g_autoptr (GError) error = NULL;
  BvEntry *made;

  if (found != NULL && g_strcmp0 (bv_entry_get_applied (found), row->applied) != 0)
    refuse (self,
            _ ("The %s %s/%s there differs from that of the guest's host. Apply the same on both."),
            row->kind, row->namespace, row->name);
  if (found != NULL)
    return;
  check_uid (self, controller, row);
  admit (self, controller, row);
  made = bv_entry_new_from_row (row, &error);
  if (made != NULL)
    g_ptr_array_add (self->made, made);
  else
    refuse (self, "%s", error->message);
}

/* What was not filled has nothing for a guest; that it was is all that counts here. */
static gboolean
clean_data_volume (BvStoreRow *row, GError **error)
{
  g_autoptr (BvDataVolumeStatus) status = bv_data_volume_status_new_from_json (row->status, error);

  if (status == NULL)
    return FALSE;
  if (status->phase != BV_DATA_VOLUME_SUCCEEDED)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_CONFLICT,
          _ ("The DataVolume %s/%s is in the phase %s; a guest moves with what is filled."),
          row->namespace, row->name, bv_data_volume_phase_to_string (status->phase));
      return FALSE;
    }
  g_free (row->status);
  row->status = bv_data_volume_status_to_json (status);
  return TRUE;
}

static void
clean_storage (Receipt *self, BvStoreRow *row)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (row->kind, "DataVolume") ? !clean_data_volume (row, &error)
                                            : !bv_incoming_claims_clean (row, &error))
    refuse (self, "%s", error->message);
}

/* A claim there of the same name is another, unless it went away from there and comes back. */
static void
check_storage (Receipt *self, BvController *controller, BvStoreRow *row)
{
  g_autofree char *key = bv_entry_make_key (row->kind, row->namespace, row->name);
  const char *reserved = bv_registry_get_reservation (controller->registry, key);

  if (reserved != NULL)
    refuse (self, "%s", reserved);
  else if (!bv_incoming_claims_is_expected (controller->registry, row))
    check_name (self, controller, row);
  check_readable (self, row);
  admit (self, controller, row);
  clean_storage (self, row);
}

static void
clean_status (Receipt *self, BvStoreRow *row)
{
  g_autoptr (GError) error = NULL;

  if (!bv_incoming_status_clean (row, &error))
    refuse (self, "%s", error->message);
}

/* One that waits for a guest gives way to that guest's VM, and to no other. */
static void
check_machine (Receipt *self, BvController *controller, const BvStoreRow *row)
{
  BvEntry *found = bv_registry_find (controller->registry, row->kind, row->namespace, row->name);
  g_autoptr (BvEntry) coming = bv_entry_new_from_row (row, NULL);
  g_autoptr (GError) error = NULL;

  if (found == NULL || coming == NULL || !bv_vm_receiver_is_waiting (controller->registry, found))
    check_name (self, controller, row);
  else if (bv_vm_receiver_check_fits (found, coming, bv_controller_get_policy (controller), &error))
    check_uid (self, controller, row);
  else
    refuse (self, "%s", error->message);
}

/* A VM of the name that is there is not the guest's. */
static void
check_lonely (Receipt *self, BvController *controller, const BvStoreRow *vmi)
{
  if (bv_migration_bundle_find (self->rows, "VirtualMachine") == NULL &&
      bv_registry_find (controller->registry, "VirtualMachine", vmi->namespace, vmi->name) != NULL)
    refuse (self, _ ("There is a VirtualMachine %s/%s there, and the guest that comes has none."),
            vmi->namespace, vmi->name);
}

static void
judge_row (Receipt *self, BvController *controller, BvStoreRow *row)
{
  gboolean is_vmi = g_str_equal (row->kind, "VirtualMachineInstance");

  if (g_strv_contains (companions, row->kind))
    find_or_make (self, controller, row);
  else if (is_vmi || g_str_equal (row->kind, "VirtualMachine"))
    {
      if (is_vmi)
        check_name (self, controller, row);
      else
        check_machine (self, controller, row);
      check_readable (self, row);
      admit (self, controller, row);
    }
  else if (g_strv_contains (storage, row->kind))
    check_storage (self, controller, row);
  else if (g_str_equal (row->kind, MIGRATION))
    check_name (self, controller, row);
  else
    refuse (self, _ ("No guest brings a %s with it, such as %s/%s."), row->kind, row->namespace,
            row->name);
  if (is_vmi)
    {
      check_under_way (self, controller, row);
      check_lonely (self, controller, row);
    }
  if (!g_strv_contains (companions, row->kind) && !g_strv_contains (storage, row->kind))
    clean_status (self, row);
}

static void
judge (Receipt *self, BvController *controller)
{
  for (guint i = 0; i < self->rows->len; i++)
    judge_row (self, controller, g_ptr_array_index (self->rows, i));
  if (bv_connection_get_state (controller->environment->connection) != BV_CONNECTION_CONNECTED)
    refuse (self, _ ("There is no connection to libvirt there at the moment."));
  if (controller->environment->closing)
    refuse (self, _ ("That host goes down."));
}

/* What was stored for the guest, and goes if that does not come. */
static char *
list_made (Receipt *self)
{
  g_autoptr (GStrvBuilder) uids = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < self->made->len; i++)
    g_strv_builder_add (uids, bv_object_get_uid (bv_entry_get_object (self->made->pdata[i])));
  list = g_strv_builder_end (uids);
  return g_strjoinv (" ", list);
}

/* Claims, the VM and the VMI are kept with the record, until they are this host's. */
static char *
write_own_objects (Receipt *self)
{
  g_autoptr (GPtrArray) own = g_ptr_array_new ();

  for (guint i = 0; i < self->rows->len; i++)
    {
      BvStoreRow *row = g_ptr_array_index (self->rows, i);

      if (g_str_equal (row->kind, "VirtualMachine") ||
          g_str_equal (row->kind, "VirtualMachineInstance") || g_strv_contains (storage, row->kind))
        g_ptr_array_add (own, row);
    }
  return bv_migration_bundle_write (own);
}

static char *
make_status (Receipt *self, GError **error)
{
  const BvStoreRow *row = bv_migration_bundle_find (self->rows, MIGRATION);
  const BvStoreRow *vmi = bv_migration_bundle_find (self->rows, "VirtualMachineInstance");
  g_autoptr (BvMigrationRecord) theirs = bv_migration_record_new_from_json (row->status, error);
  g_autoptr (BvMigrationRecord) record = bv_migration_record_new ();

  if (theirs == NULL)
    return NULL;
  record->is_target = TRUE;
  record->stage = BV_MIGRATION_PREPARING;
  record->source = g_strdup (theirs->source);
  record->target = g_strdup (theirs->target);
  record->vmi_uid = g_strdup (vmi->uid);
  record->vmi_name = g_strdup (vmi->name);
  record->started = g_get_real_time ();
  record->made = list_made (self);
  record->objects = write_own_objects (self);
  return bv_migration_record_to_json (record);
}

/* Whoever asks may be allowed to at once, and whoever takes it back before that. */
static gboolean
check_wanted (Receipt *self, BvController *controller, GError **error)
{
  const BvStoreRow *migration = bv_migration_bundle_find (self->rows, MIGRATION);

  if (!g_hash_table_contains (controller->given_up, migration->uid))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, _ ("The migration %s was given up already."),
               migration->name);
  return FALSE;
}

static BvStoreBatch *
prepare_receipt (gpointer user_data, GError **error)
{
  Receipt *self = user_data;
  BvController *controller = g_task_get_source_object (self->task);
  g_autoptr (BvStoreBatch) batch = NULL;
  g_autofree char *status = NULL;

  self->rows = bv_migration_bundle_read (self->objects, error);
  if (self->rows == NULL)
    return NULL;
  if (bv_migration_bundle_find (self->rows, MIGRATION) == NULL ||
      bv_migration_bundle_find (self->rows, "VirtualMachineInstance") == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The other host sent no VirtualMachineInstance, or no migration of it."));
      return NULL;
    }
  if (!check_wanted (self, controller, error))
    return NULL;
  judge (self, controller);
  if (self->reasons->len > 0)
    return NULL;
  self->migration = bv_entry_new_from_row (bv_migration_bundle_find (self->rows, MIGRATION), error);
  status = self->migration != NULL ? make_status (self, error) : NULL;
  if (status == NULL)
    return NULL;
  batch = bv_store_batch_new ();
  for (guint i = 0; i < self->made->len; i++)
    bv_store_batch_put (batch, bv_entry_to_row (self->made->pdata[i], NULL));
  bv_store_batch_put (batch, bv_entry_to_row (self->migration, status));
  g_object_set_data_full (G_OBJECT (self->task), "status", g_steal_pointer (&status), g_free);
  return g_steal_pointer (&batch);
}

/* What it has is given to nobody else, and what it is given here is that. */
static void
expect_addresses (Receipt *self, gboolean expected)
{
  BvController *controller = g_task_get_source_object (self->task);
  GVariantIter iter;
  const char *mac;
  const char **addresses;

  if (self->addresses == NULL)
    return;
  g_variant_iter_init (&iter, self->addresses);
  while (g_variant_iter_loop (&iter, "{&s^a&s}", &mac, &addresses))
    bv_networks_expect (controller->environment->networks, mac, expected ? addresses : NULL);
}

/* It cannot come after all: what was prepared goes. */
static void
reject (Receipt *self, const GError *error)
{
  refuse (self, "%s", error->message);
  bv_reception_reject_async (self->reception, error->message, NULL, NULL);
  g_task_return_pointer (self->task, NULL, NULL);
}

static GVariant *
add_claims (Receipt *self, GVariant *answer)
{
  g_auto (GStrv) copied = bv_reception_list_copied_claims (self->reception);
  GVariantDict dict;

  g_variant_dict_init (&dict, answer);
  g_variant_dict_insert (&dict, "copied-claims", "^as", copied);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
bv_receive_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Receipt) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = bv_migration_answer_finish (result, &error);

  if (answer != NULL)
    g_task_return_pointer (self->task, add_claims (self, answer), (GDestroyNotify)g_variant_unref);
  else
    reject (self, error);
}

static void
bv_receive_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Receipt) self = user_data;
  BvController *controller = g_task_get_source_object (self->task);
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  self->reception = g_object_ref (BV_RECEPTION (source));
  xml = bv_reception_prepare_finish (self->reception, result, &error);
  expect_addresses (self, FALSE);
  if (xml == NULL)
    {
      reject (self, error);
      return;
    }
  bv_migration_answer_async (controller->environment, xml, self->tls,
                             bv_reception_get_record (self->reception)->source,
                             bv_receive_answered_cb, self);
  g_steal_pointer (&self);
}

static void
finish_receipt (gpointer user_data, const GError *error)
{
  g_autoptr (Receipt) self = user_data;
  BvController *controller = g_task_get_source_object (self->task);
  g_autoptr (GError) unreadable = NULL;
  BvReception *reception;

  if (error != NULL)
    {
      g_task_return_error (self->task, g_error_copy (error));
      return;
    }
  if (self->reasons->len > 0)
    {
      g_task_return_pointer (self->task, NULL, NULL);
      return;
    }
  for (guint i = 0; i < self->made->len; i++)
    bv_controller_add_entry (controller, self->made->pdata[i]);
  if (!bv_controller_add_entry_with_status (controller, self->migration,
                                            g_object_get_data (G_OBJECT (self->task), "status"),
                                            &unreadable))
    {
      g_task_return_error (self->task, g_steal_pointer (&unreadable));
      return;
    }
  reception = bv_entry_get_runtime (self->migration);
  expect_addresses (self, TRUE);
  bv_reception_prepare_async (reception, bv_receive_prepared_cb, g_steal_pointer (&self));
}

void
bv_receive_async (BvController *controller, const char *objects, GVariant *options,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  Receipt *self = g_new0 (Receipt, 1);

  self->task = g_task_new (controller, NULL, callback, user_data);
  self->objects = g_strdup (objects);
  g_variant_lookup (options, "tls", "b", &self->tls);
  self->addresses = g_variant_lookup_value (options, "addresses", G_VARIANT_TYPE ("a{sas}"));
  self->made = g_ptr_array_new_with_free_func (g_object_unref);
  self->reasons = g_ptr_array_new_with_free_func (g_free);
  g_task_set_source_tag (self->task, bv_receive_async);
  g_task_set_task_data (self->task, g_ptr_array_ref (self->reasons),
                        (GDestroyNotify)g_ptr_array_unref);
  bv_mutation_queue_push (controller->mutations, prepare_receipt, finish_receipt, self);
}

GVariant *
bv_receive_finish (BvController *controller, GAsyncResult *result, GPtrArray **reasons,
                   GError **error)
{
  *reasons = g_ptr_array_ref (g_task_get_task_data (G_TASK (result)));
  return g_task_propagate_pointer (G_TASK (result), error);
}

BvReception *
bv_receive_find (BvController *controller, const char *uid, GError **error)
{
  BvEntry *entry = bv_registry_find_uid (controller->registry, uid);
  gpointer runtime = entry != NULL ? bv_entry_get_runtime (entry) : NULL;

  if (BV_IS_RECEPTION (runtime))
    return runtime;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("There is no migration %s on its way to this host."), uid);
  return NULL;
}

void
bv_receive_forbid (BvController *controller, const char *uid)
{
  if (g_hash_table_size (controller->given_up) >= MOST_GIVEN_UP)
    g_hash_table_remove_all (controller->given_up);
  g_hash_table_add (controller->given_up, g_strdup (uid));
}
