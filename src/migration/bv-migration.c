/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-bundle.h"
#include "migration/bv-migration-plan.h"
#include "migration/bv-outgoing-claims.h"
#include "model/bv-error.h"
#include "runtime/controller/bv-controller-migration.h"

/* The source's side up to the move: the guest's host, what the target says, libvirt's order. What
 * follows is in bv-migration-handover.c. */

#define PREPARE_SECONDS 900
#define RETRY_FIRST_SECONDS 1
#define RETRY_LAST_SECONDS 5

G_DEFINE_FINAL_TYPE (BvMigration, bv_migration, G_TYPE_OBJECT)

enum
{
  CHANGED,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_migration_dispose (GObject *object)
{
  BvMigration *self = BV_MIGRATION (object);

  bv_migration_stop_watching (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_cancellable_cancel (self->preparing);
  g_clear_object (&self->preparing);
  g_clear_object (&self->remote);
  g_clear_object (&self->job);
  g_clear_object (&self->vmi);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_migration_parent_class)->dispose (object);
}

static void
bv_migration_finalize (GObject *object)
{
  BvMigration *self = BV_MIGRATION (object);

  g_clear_pointer (&self->record, bv_migration_record_free);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->order, bv_migration_order_free);
  g_clear_pointer (&self->again, bv_migration_order_free);
  bv_migration_decision_clear (&self->switch_decision);
  g_clear_pointer (&self->monitor, bv_migration_monitor_free);
  g_clear_pointer (&self->config, bv_migration_config_free);
  g_clear_pointer (&self->answer, g_variant_unref);
  g_free (self->abort_reason);
  g_free (self->sight);
  g_free (self->doubt);
  g_free (self->move_error);
  G_OBJECT_CLASS (bv_migration_parent_class)->finalize (object);
}

static void
bv_migration_class_init (BvMigrationClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_migration_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_migration_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_MIGRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", BV_TYPE_MIGRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
bv_migration_init (BvMigration *self)
{
}

static char *
read_vmi_name (BvEntry *entry)
{
  g_autoptr (GVariant) name = bv_object_get_field (bv_entry_get_object (entry), "spec.vmiName");

  return name != NULL ? g_variant_dup_string (name, NULL) : g_strdup ("");
}

BvMigration *
bv_migration_new (BvController *controller, BvEntry *entry, BvMigrationRecord *record)
{
  BvMigration *self = g_object_new (BV_TYPE_MIGRATION, NULL);

  self->controller = controller;
  self->environment = bv_environment_ref (bv_controller_get_environment (controller));
  self->entry = g_object_ref (entry);
  self->record = record;
  if (record->stage != BV_MIGRATION_NEW)
    self->measured_phase = bv_migration_record_get_phase (record);
  if (record->vmi_name == NULL)
    record->vmi_name = read_vmi_name (entry);
  return self;
}

const BvMigrationRecord *
bv_migration_get_record (BvMigration *self)
{
  return self->record;
}

char *
bv_migration_dup_status_json (BvMigration *self)
{
  return bv_migration_record_to_json (self->record);
}

const BvMigrationSight *
bv_migration_get_sight (BvMigration *self)
{
  return self->sight;
}

const char *
bv_migration_get_doubt (BvMigration *self)
{
  return self->doubt;
}

static void
measure_phase (BvMigration *self)
{
  const char *phase = bv_migration_record_get_phase (self->record);

  if (g_strcmp0 (self->measured_phase, phase) == 0)
    return;
  self->measured_phase = phase;
  bv_transition_times_take_migration (self->environment->transition_times, phase,
                                      g_get_real_time () - bv_entry_get_created (self->entry));
}

void
bv_migration_notify (BvMigration *self)
{
  measure_phase (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The VMI that moves, while it is here. One of its name that is another is not meant. */
BvVmiRuntime *
bv_migration_get_vmi (BvMigration *self)
{
  BvRegistry *registry = bv_controller_get_registry (self->controller);
  BvEntry *found;

  if (self->vmi == NULL)
    {
      found = bv_registry_find (registry, "VirtualMachineInstance",
                                bv_object_get_namespace (bv_entry_get_object (self->entry)),
                                self->record->vmi_name);
      if (found == NULL ||
          (self->record->vmi_uid != NULL &&
           g_strcmp0 (bv_object_get_uid (bv_entry_get_object (found)), self->record->vmi_uid) != 0))
        return NULL;
      self->vmi = g_object_ref (found);
    }
  return bv_entry_is_removed (self->vmi) ? NULL : bv_entry_get_runtime (self->vmi);
}

/* The target, as the settings of now have it. */
static const BvRemoteHost *
find_target (BvMigration *self, GError **error)
{
  const BvRemoteHost *host = bv_config_find_host (self->environment->config, self->record->target);

  if (host != NULL && host->address != NULL)
    return host;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("barevirt.conf has no [host %s] with an address any more. Put it back."),
               self->record->target);
  return NULL;
}

gboolean
bv_migration_ensure_remote (BvMigration *self, GError **error)
{
  const BvRemoteHost *host = self->remote == NULL ? find_target (self, error) : NULL;

  if (host != NULL)
    self->remote = bv_remote_new (host);
  return self->remote != NULL;
}

static gboolean
bv_migration_retry_cb (gpointer user_data)
{
  BvMigration *self = user_data;

  self->retry_id = 0;
  bv_migration_reconcile (self);
  return G_SOURCE_REMOVE;
}

void
bv_migration_retry_later (BvMigration *self)
{
  if (self->retry_id != 0)
    return;
  self->retry_seconds = CLAMP (self->retry_seconds * 2, RETRY_FIRST_SECONDS, RETRY_LAST_SECONDS);
  self->retry_id = g_timeout_add_seconds (self->retry_seconds, bv_migration_retry_cb, self);
}

static void
bv_migration_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    bv_migration_tell (self, "Warning", "StoreFailed", error->message);
}

/* CALLBACK is NULL where nothing depends on it. */
void
bv_migration_store (BvMigration *self, GAsyncReadyCallback callback)
{
  g_autofree char *json = bv_migration_dup_status_json (self);
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  if (vmi != NULL)
    {
      g_autofree char *status = bv_vmi_runtime_dup_status_json (vmi);

      bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->vmi)),
                                 status);
    }
  bv_store_write_async (self->environment->store, batch,
                        callback != NULL ? callback : bv_migration_stored_cb, g_object_ref (self));
}

/* The end of the job; what is left to be done goes on. */
void
bv_migration_end (BvMigration *self, const GError *error)
{
  g_autoptr (BvJob) job = g_steal_pointer (&self->job);

  bv_migration_notify (self);
  bv_job_end (&job, error);
  if (bv_migration_record_is_over (self->record))
    g_signal_emit (self, signals[ENDED], 0);
}

/* Whether it ends here: by ERROR, or because the guest is to stay. */
static gboolean
gives_up (BvMigration *self, const GError *error)
{
  if (error == NULL && !bv_migration_was_cancelled (self))
    return FALSE;
  bv_migration_fail (self, error != NULL ? error->message : _ ("It was cancelled."));
  return TRUE;
}

/* The move. */

static void
bv_migration_moved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  BvMigrationSight *sight = bv_migration_call_move_finish (BV_CONNECTION (source), result, &error);

  if (sight != NULL)
    {
      g_free (self->sight);
      self->sight = sight;
    }
  g_free (self->move_error);
  self->move_error = error != NULL ? bv_migration_describe_failure (error) : NULL;
  self->moved_at = g_get_monotonic_time ();
  self->move_called = FALSE;
  self->busy = FALSE;
  bv_migration_judge (self);
}

static void
bv_migration_departure_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvMigrationOrder) order = g_steal_pointer (&self->order);

  bv_store_write_finish (BV_STORE (source), result, &error);
  if (gives_up (self, error))
    return;
  self->move_called = TRUE;
  bv_migration_notify (self);
  bv_migration_watch (self);
  bv_migration_call_move_async (self->environment->connection, g_steal_pointer (&order),
                                bv_migration_moved_cb, g_object_ref (self));
}

/* Of the VM and the VMI: a change of either makes it larger. */
static gint64
sum_generations (BvMigration *self)
{
  BvEntry *vm = bv_registry_find_uid (bv_controller_get_registry (self->controller),
                                      bv_entry_get_owner (self->vmi));

  return bv_entry_get_generation (self->vmi) + (vm != NULL ? bv_entry_get_generation (vm) : 0);
}

/* That libvirt was told is on record before it is. */
void
bv_migration_send (BvMigration *self, BvMigrationOrder *order)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  self->busy = TRUE;
  self->record->stage = BV_MIGRATION_MOVING;
  bv_vmi_runtime_hold (vmi, bv_object_get_uid (bv_entry_get_object (self->entry)));
  self->order = order;
  bv_migration_store (self, bv_migration_departure_stored_cb);
}

/* Of these a copy stays here. */
static void
take_copied_claims (BvMigration *self)
{
  g_autofree const char **names = NULL;

  if (!g_variant_lookup (self->answer, "copied-claims", "^a&s", &names))
    return;
  g_free (self->record->copied_claims);
  self->record->copied_claims = g_strjoinv (" ", (char **)names);
}

static void
bv_migration_planned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvMigrationOrder) order = bv_migration_plan_finish (result, &error);

  if (gives_up (self, error))
    return;
  if (sum_generations (self) != self->generations)
    {
      bv_migration_fail (self,
                         _ ("The guest was changed while the other host made itself ready for "
                            "it as it was. Move it again."));
      return;
    }
  self->copied_bytes = order->copied_bytes;
  take_copied_claims (self);
  bv_migration_keep_order (self, order);
  bv_migration_send (self, g_steal_pointer (&order));
}

/* What is known without a look at files. */
BvMigrationOrder *
bv_migration_make_order (BvMigration *self, const BvRemoteHost *host)
{
  BvMigrationOrder *order =
      bv_migration_order_new (bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self)),
                              host->name, host->libvirt_uri, self->config);

  order->migrate_uri = g_strdup (host->migrate_uri);
  order->tls_destination = bv_remote_host_get_tls_name (host);
  order->tls = bv_migration_wants_tls (self);
  return order;
}

static void
bv_migration_xml_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = bv_migration_call_read_xml_finish (BV_CONNECTION (source), result, &error);
  const BvRemoteHost *host = find_target (self, error == NULL ? &error : NULL);

  if (gives_up (self, error))
    return;
  bv_migration_plan_async (self->environment, BV_VMI (bv_entry_get_object (self->vmi)),
                           bv_migration_make_order (self, host), xml, self->answer,
                           bv_migration_planned_cb, g_object_ref (self));
}

/* The target. */

static char *
join_reasons (GVariant *reply)
{
  g_autoptr (GVariant) list = g_variant_get_child_value (reply, 0);
  g_autofree const char **reasons = g_variant_get_strv (list, NULL);

  return reasons[0] != NULL ? g_strjoinv (" ", (char **)reasons) : NULL;
}

static void
bv_migration_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bv_remote_call_finish (BV_REMOTE (source), result, &error);
  g_autofree char *reasons = reply != NULL ? join_reasons (reply) : NULL;

  g_clear_object (&self->preparing);
  if (reasons != NULL)
    g_set_error (&error, BV_ERROR, BV_ERROR_FAILED, _ ("The host %s cannot take the guest: %s"),
                 self->record->target, reasons);
  if (gives_up (self, error))
    return;
  self->answer = g_variant_get_child_value (reply, 1);
  self->record->stage = BV_MIGRATION_READY;
  bv_migration_notify (self);
  bv_migration_call_read_xml_async (self->environment->connection,
                                    bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self)),
                                    bv_migration_xml_read_cb, g_object_ref (self));
}

static GVariant *
make_prepare_options (BvMigration *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tls", "b", bv_migration_wants_tls (self));
  g_variant_dict_insert_value (
      &dict, "addresses", bv_vmi_runtime_list_reserved_addresses (bv_migration_get_vmi (self)));
  return g_variant_dict_end (&dict);
}

static void
bv_migration_identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  GPtrArray *rows = bv_outgoing_claims_identify_finish (result);
  g_autofree char *objects = NULL;

  if (gives_up (self, NULL))
    return;
  objects = bv_migration_bundle_write (rows);
  self->preparing = g_cancellable_new ();
  bv_migration_notify (self);
  bv_remote_call_async (
      self->remote, "Prepare", g_variant_new ("(s@a{sv})", objects, make_prepare_options (self)),
      "(asa{sv})", PREPARE_SECONDS, self->preparing, bv_migration_prepared_cb, g_object_ref (self));
}

static void
bv_migration_begin_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  bv_store_write_finish (BV_STORE (source), result, &error);
  if (gives_up (self, error))
    return;
  rows = bv_controller_collect_for_migration (self->controller, self->vmi, self->entry);
  g_free (self->record->claims);
  self->record->claims = bv_outgoing_claims_write_names (rows);
  self->generations = sum_generations (self);
  bv_outgoing_claims_identify_async (self->environment, rows, bv_migration_identified_cb,
                                     g_object_ref (self));
}

/* Its life. */

static void
begin (BvMigration *self)
{
  g_autoptr (GError) error = NULL;

  if (bv_migration_must_wait (self))
    {
      bv_migration_retry_later (self);
      return;
    }
  if (!bv_migration_take_plan (self, &error))
    {
      bv_migration_fail (self, error->message);
      return;
    }
  self->busy = TRUE;
  self->record->stage = BV_MIGRATION_PREPARING;
  bv_migration_warn_of_clear_text (self);
  bv_vmi_runtime_prepare_departure (bv_migration_get_vmi (self));
  bv_migration_tell (self, "Normal", "PreparingTarget",
                     _ ("The target host prepares for the guest."));
  bv_migration_store (self, bv_migration_begin_stored_cb);
}

void
bv_migration_reconcile (BvMigration *self)
{
  if (self->busy)
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  switch (self->record->stage)
    {
    case BV_MIGRATION_NEW:
      begin (self);
      break;
    case BV_MIGRATION_PREPARING:
    case BV_MIGRATION_READY:
      bv_migration_fail (self, _ ("barevirtd was started anew before the guest moved."));
      break;
    case BV_MIGRATION_MOVING:
      bv_migration_watch (self);
      bv_migration_judge (self);
      break;
    case BV_MIGRATION_RELEASED:
      bv_migration_deliver (self);
      break;
    case BV_MIGRATION_FAILED:
      if (self->record->must_abort)
        bv_migration_tell_abort (self);
      break;
    default:
      break;
    }
}

static gboolean
bv_migration_begin_cb (gpointer user_data)
{
  BvMigration *self = user_data;

  bv_migration_reconcile (self);
  return G_SOURCE_REMOVE;
}

static void
job_cancelled_cb (BvMigration *self)
{
  g_autoptr (GError) error = NULL;

  if (!bv_migration_cancel (self, &error))
    g_debug ("%s", error->message);
}

/* Not at once: who asked for it has not seen its job yet. */
BvJob *
bv_migration_start (BvMigration *self)
{
  self->job = bv_job_new ("migrate", self->entry);
  g_signal_connect_object (self->job, "cancel", G_CALLBACK (job_cancelled_cb), self,
                           G_CONNECT_SWAPPED);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, bv_migration_begin_cb, g_object_ref (self),
                   g_object_unref);
  return g_object_ref (self->job);
}
