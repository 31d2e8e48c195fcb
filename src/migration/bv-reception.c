/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-reception-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-bundle.h"
#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-networks.h"
#include "runtime/vmi/bv-vmi-status.h"

#define LOOK_SECONDS 2
#define RETRY_SECONDS 2

/* So long a guest that has arrived may be paused before that is worth a word. */
#define DOUBT_USEC (5 * G_USEC_PER_SEC)

G_DEFINE_FINAL_TYPE (BvReception, bv_reception, G_TYPE_OBJECT)

enum
{
  CHANGED,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_reception_dispose (GObject *object)
{
  BvReception *self = BV_RECEPTION (object);

  g_clear_handle_id (&self->look_id, g_source_remove);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_cancellable_cancel (self->preparing);
  g_clear_object (&self->preparing);
  g_clear_object (&self->vmi);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_reception_parent_class)->dispose (object);
}

static void
bv_reception_finalize (GObject *object)
{
  BvReception *self = BV_RECEPTION (object);

  g_clear_pointer (&self->record, bv_migration_record_free);
  g_clear_pointer (&self->claims, g_ptr_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_free (self->domain_name);
  g_free (self->domain_xml);
  g_free (self->doubt);
  G_OBJECT_CLASS (bv_reception_parent_class)->finalize (object);
}

static void
bv_reception_class_init (BvReceptionClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_reception_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_reception_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_RECEPTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", BV_TYPE_RECEPTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
bv_reception_init (BvReception *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

/* What comes is kept until it is this host's; then the stored objects have it. */
static void
read_objects (BvReception *self)
{
  g_autoptr (GError) error = NULL;
  const BvStoreRow *row = NULL;

  if (self->record->objects == NULL)
    return;
  self->rows = bv_migration_bundle_read (self->record->objects, &error);
  if (self->rows != NULL)
    row = bv_migration_bundle_find (self->rows, "VirtualMachineInstance");
  if (row != NULL)
    self->vmi = bv_entry_new_from_row (row, &error);
  if (self->vmi == NULL)
    g_warning ("What comes from the host %s cannot be read: %s", self->record->source,
               error != NULL ? error->message : "there is no VirtualMachineInstance");
  else
    self->domain_name = g_strdup_printf ("%s_%s", row->namespace, row->name);
}

BvReception *
bv_reception_new (BvController *controller, BvEntry *entry, BvMigrationRecord *record)
{
  BvReception *self = g_object_new (BV_TYPE_RECEPTION, NULL);

  self->controller = controller;
  self->environment = bv_environment_ref (bv_controller_get_environment (controller));
  self->entry = g_object_ref (entry);
  self->record = record;
  read_objects (self);
  return self;
}

const BvMigrationRecord *
bv_reception_get_record (BvReception *self)
{
  return self->record;
}

GPtrArray *
bv_reception_get_rows (BvReception *self)
{
  return self->rows;
}

char *
bv_reception_dup_status_json (BvReception *self)
{
  return bv_migration_record_to_json (self->record);
}

const char *
bv_reception_get_doubt (BvReception *self)
{
  return self->doubt;
}

void
bv_reception_tell (BvReception *self, const char *type, const char *reason, const char *message)
{
  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
}

void
bv_reception_notify (BvReception *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
bv_reception_set_doubt (BvReception *self, const char *doubt)
{
  if (g_strcmp0 (self->doubt, doubt) == 0)
    return;
  g_free (self->doubt);
  self->doubt = g_strdup (doubt);
  if (doubt != NULL)
    bv_reception_tell (self, "Warning", "HandoverUnknown", doubt);
  g_signal_emit (self, signals[CHANGED], 0);
}

BvStoreBatch *
bv_reception_make_batch (BvReception *self)
{
  g_autofree char *json = bv_reception_dup_status_json (self);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  return batch;
}

const char *
bv_reception_get_vmi_uid (BvReception *self)
{
  return bv_object_get_uid (bv_entry_get_object (self->vmi));
}

char *
bv_reception_build_directory (BvReception *self)
{
  return g_build_filename (self->environment->runtime_directory, bv_reception_get_vmi_uid (self),
                           NULL);
}

static void
bv_reception_end (BvReception *self)
{
  g_clear_handle_id (&self->look_id, g_source_remove);
  bv_reception_set_doubt (self, NULL);
  g_signal_emit (self, signals[CHANGED], 0);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
bv_reception_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    bv_reception_tell (self, "Warning", "StoreFailed", error->message);
  bv_reception_end (self);
}

/* Nothing is left to be done. */
void
bv_reception_store_end (BvReception *self)
{
  bv_store_write_async (self->environment->store, bv_reception_make_batch (self),
                        bv_reception_done_cb, g_object_ref (self));
}

static gboolean
bv_reception_retry_cb (gpointer user_data)
{
  BvReception *self = user_data;

  self->retry_id = 0;
  bv_reception_reconcile (self);
  return G_SOURCE_REMOVE;
}

void
bv_reception_retry_later (BvReception *self)
{
  if (self->retry_id == 0)
    self->retry_id = g_timeout_add_seconds (RETRY_SECONDS, bv_reception_retry_cb, self);
}

/* Whether all of the guest has arrived. It waits, and libvirt leaves it paused as if by a user; or
 * it came by post-copy, and goes on. */
static gboolean
has_arrived (const BvMigrationSight *sight)
{
  return sight->exists && !sight->has_job &&
         ((sight->state == BV_DOMAIN_RUNNING && !sight->lacks_memory) ||
          (sight->state == BV_DOMAIN_PAUSED && sight->reason == BV_DOMAIN_REASON_USER));
}

static void
note_arrival (BvReception *self, const BvMigrationSight *sight)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *doubt = NULL;

  if (!has_arrived (sight))
    {
      self->arrived_at = 0;
      bv_reception_set_doubt (self, NULL);
      return;
    }
  if (self->arrived_at == 0)
    self->arrived_at = now;
  if (now - self->arrived_at < DOUBT_USEC)
    return;
  doubt =
      g_strdup_printf (sight->state == BV_DOMAIN_RUNNING
                           ? _ ("The guest goes on here by post-copy, and the host %s has not said "
                                "that it gives it away. Its word, or “barevirt migration resolve”, "
                                "ends that.")
                           : _ ("The guest has arrived and is paused: the host %s has not said "
                                "whether it gives it away. Its word, or “barevirt migration "
                                "resolve”, ends that."),
                       self->record->source);
  bv_reception_set_doubt (self, doubt);
}

static void
bv_reception_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autofree BvMigrationSight *sight =
      bv_migration_call_look_finish (BV_CONNECTION (source), result, NULL);

  if (sight != NULL && self->record->stage == BV_MIGRATION_READY && !self->accepting)
    note_arrival (self, sight);
}

static gboolean
bv_reception_look_cb (gpointer user_data)
{
  BvReception *self = user_data;

  if (bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED)
    bv_migration_call_look_async (self->environment->connection, self->domain_name,
                                  bv_reception_seen_cb, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

void
bv_reception_watch (BvReception *self)
{
  if (self->look_id == 0)
    self->look_id = g_timeout_add_seconds (LOOK_SECONDS, bv_reception_look_cb, self);
}

/* What the source asks. */

static void
bv_reception_state_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree BvMigrationSight *sight =
      bv_migration_call_look_finish (BV_CONNECTION (source), result, &error);
  GVariantDict dict;

  if (sight == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "phase", "s", bv_migration_record_get_phase (self->record));
  g_variant_dict_insert (&dict, "received", "b",
                         self->record->stage == BV_MIGRATION_READY && has_arrived (sight));
  g_variant_dict_insert (&dict, "exists", "b",
                         sight->exists && bv_domain_state_is_active (sight->state));
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify)g_variant_unref);
}

void
bv_reception_look_async (BvReception *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_reception_look_async);
  bv_migration_call_look_async (self->environment->connection,
                                self->domain_name != NULL ? self->domain_name : "",
                                bv_reception_state_seen_cb, task);
}

GVariant *
bv_reception_look_finish (BvReception *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* After a start, and when libvirt is back. */

static void
bv_reception_networks_restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_networks_restore_finish (result, &error))
    bv_reception_tell (self, "Warning", "SyncFailed", error->message);
}

static void
restore (BvReception *self)
{
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new_from_json (self->record->vmi_status, NULL);
  g_autofree char *directory = bv_reception_build_directory (self);

  if (status != NULL && status->reservation != NULL)
    bv_reservations_restore (self->environment->reservations, bv_reception_get_vmi_uid (self),
                             status->reservation);
  bv_vmi_networks_restore_async (self->environment, BV_VMI (bv_entry_get_object (self->vmi)),
                                 directory, bv_reception_networks_restored_cb, g_object_ref (self));
  bv_reception_watch (self);
}

void
bv_reception_reconcile (BvReception *self)
{
  switch (self->record->stage)
    {
    case BV_MIGRATION_NEW:
    case BV_MIGRATION_PREPARING:
      /* Who prepared it is gone, and the source with it, or about to ask again. */
      if (self->preparing == NULL)
        bv_reception_reject_async (self, _ ("barevirtd was started anew before it was ready."),
                                   NULL, NULL);
      break;
    case BV_MIGRATION_READY:
      if (self->look_id == 0 && self->vmi != NULL)
        restore (self);
      break;
    case BV_MIGRATION_OWNED:
      bv_reception_settle (self);
      break;
    case BV_MIGRATION_FAILED:
      bv_reception_destroy (self);
      break;
    default:
      break;
    }
}
