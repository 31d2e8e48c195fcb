/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-reception-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-bundle.h"
#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-prepare.h"
#include "runtime/vmi/bv-vmi-status.h"

/* What is made ready for a guest that is to come: its claims, then all as for a start. */

static gboolean
note_status (BvReception *self, const BvVmiPrepared *prepared, GError **error)
{
  const BvStoreRow *row = bv_migration_bundle_find (self->rows, "VirtualMachineInstance");
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new_from_json (row->status, error);

  if (status == NULL)
    return FALSE;
  g_free (status->runtime_directory);
  status->runtime_directory = bv_reception_build_directory (self);
  g_hash_table_unref (status->volumes);
  status->volumes = g_hash_table_ref (prepared->volumes);
  g_clear_pointer (&status->reservation, bv_reservation_free);
  status->reservation =
      bv_reservations_get (self->environment->reservations, bv_reception_get_vmi_uid (self));
  g_clear_pointer (&status->migration, g_free);
  g_free (status->last_migration);
  status->last_migration = g_strdup (bv_object_get_uid (bv_entry_get_object (self->entry)));
  status->stopping = FALSE;
  status->cancelled = FALSE;
  g_free (self->record->vmi_status);
  self->record->vmi_status = bv_vmi_status_to_json (status);
  return TRUE;
}

static void
bv_reception_ready_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bv_reception_watch (self);
  bv_reception_tell (self, "Normal", "TargetReady", _ ("This host is ready for the guest."));
  bv_reception_notify (self);
  g_task_return_pointer (task, g_steal_pointer (&self->domain_xml), g_free);
}

/* Nothing is under way here any more. Who gave it up meanwhile waits for that. */
static void
end_preparation (GTask *task, GError *error)
{
  BvReception *self = g_task_get_source_object (task);

  g_clear_object (&self->preparing);
  if (self->record->stage == BV_MIGRATION_FAILED)
    bv_reception_destroy (self);
  if (error == NULL)
    error = g_error_new (BV_ERROR, BV_ERROR_CANCELLED, _ ("The migration was cancelled."));
  g_task_return_error (task, error);
}

static void
bv_reception_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (BvVmiPrepared) prepared = bv_vmi_prepare_finish (result, &error);

  if (prepared == NULL || self->record->stage != BV_MIGRATION_PREPARING ||
      !note_status (self, prepared, &error))
    {
      end_preparation (task, error);
      return;
    }
  g_clear_object (&self->preparing);
  self->domain_xml = g_strdup (prepared->xml);
  self->record->stage = BV_MIGRATION_READY;
  bv_store_write_async (self->environment->store, bv_reception_make_batch (self),
                        bv_reception_ready_stored_cb, g_steal_pointer (&task));
}

static void
prepare_guest (GTask *task)
{
  BvReception *self = g_task_get_source_object (task);
  g_autofree char *directory = bv_reception_build_directory (self);
  BvVmi *vmi = BV_VMI (bv_entry_get_object (self->vmi));
  BvVmiWork *work = bv_vmi_work_new_for_owner (
      self->environment, vmi, bv_entry_get_owner (self->vmi), directory, NULL, self->preparing);

  bv_incoming_claims_add_to_work (self->environment, self->claims, work);
  bv_vmi_prepare_work_async (self->environment, vmi, work, self->preparing,
                             bv_reception_prepared_cb, g_object_ref (task));
}

static void
bv_reception_claims_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error) ||
      self->record->stage != BV_MIGRATION_PREPARING)
    end_preparation (task, error);
  else
    prepare_guest (task);
}

/* What is known of the claims is on record before anything depends on it. */
static void
store_claims (GTask *task, GAsyncReadyCallback callback)
{
  BvReception *self = g_task_get_source_object (task);

  g_free (self->record->objects);
  self->record->objects = bv_migration_bundle_write (self->rows);
  bv_store_write_async (self->environment->store, bv_reception_make_batch (self), callback,
                        g_object_ref (task));
}

static void
bv_reception_claims_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!bv_incoming_claims_finish (result, &error) || self->record->stage != BV_MIGRATION_PREPARING)
    end_preparation (task, error);
  else
    store_claims (task, bv_reception_claims_stored_cb);
}

static void
bv_reception_plan_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error) ||
      self->record->stage != BV_MIGRATION_PREPARING)
    end_preparation (task, error);
  else
    bv_incoming_claims_make_async (self->environment, self->claims, self->preparing,
                                   bv_reception_claims_made_cb, g_object_ref (task));
}

static void
bv_reception_claims_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bv_incoming_claims_finish (result, &error) && self->record->stage == BV_MIGRATION_PREPARING)
    {
      store_claims (task, bv_reception_plan_stored_cb);
      return;
    }
  /* Nothing was made: what was found is the guest's, or somebody else's. */
  for (guint i = 0; i < self->claims->len; i++)
    ((BvIncomingClaim *)self->claims->pdata[i])->made = FALSE;
  end_preparation (task, error);
}

void
bv_reception_prepare_async (BvReception *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, bv_reception_prepare_async);
  if (self->vmi == NULL)
    {
      g_task_return_new_error (task, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                               _ ("The VirtualMachineInstance that comes cannot be read."));
      return;
    }
  self->claims = bv_incoming_claims_new (self->environment, self->rows, &error);
  if (self->claims == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->preparing = g_cancellable_new ();
  if (self->claims->len == 0)
    prepare_guest (task);
  else
    bv_incoming_claims_find_async (self->environment, self->claims, self->preparing,
                                   bv_reception_claims_found_cb, g_object_ref (task));
}

char *
bv_reception_prepare_finish (BvReception *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

GStrv
bv_reception_list_copied_claims (BvReception *self)
{
  return bv_incoming_claims_list_copied (self->claims);
}
