/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-reception-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/controller/bv-controller-migration.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/vmi/bv-vmi-cleanup.h"

/* The guest does not come, and never runs here: on record, then what was prepared goes. */

static void
cleaned (BvReception *self)
{
  BvEntry *vmi =
      bv_registry_find_uid (bv_controller_get_registry (self->controller), self->record->vmi_uid);

  self->record->must_abort = FALSE;
  if (vmi == NULL)
    bv_controller_remove_unnamed (self->controller, self->record->made);
  g_clear_pointer (&self->record->made, g_free);
  g_clear_pointer (&self->record->objects, g_free);
  g_clear_pointer (&self->record->vmi_status, g_free);
  bv_reception_store_end (self);
}

static void
bv_reception_unmade_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_incoming_claims_finish (result, &error))
    {
      cleaned (self);
      return;
    }
  bv_reception_tell (self, "Warning", "CleanupFailed", error->message);
  bv_reception_retry_later (self);
}

static void
take_down_claims (BvReception *self)
{
  g_autoptr (GError) error = NULL;

  if (self->claims == NULL)
    self->claims = bv_incoming_claims_restore (self->environment, self->rows, &error);
  if (self->claims != NULL)
    bv_incoming_claims_unmake_async (self->environment, self->claims, bv_reception_unmade_cb,
                                     g_object_ref (self));
  else
    {
      bv_reception_tell (self, "Warning", "CleanupFailed", error->message);
      cleaned (self);
    }
}

static void
bv_reception_cleaned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_cleanup_finish (result, &error))
    {
      bv_reception_tell (self, "Warning", "CleanupFailed", error->message);
      bv_reception_retry_later (self);
      return;
    }
  bv_reservations_release (self->environment->reservations, bv_reception_get_vmi_uid (self));
  take_down_claims (self);
}

static void
clean_up (BvReception *self, const BvDomainInfo *domain)
{
  g_autofree char *directory = bv_reception_build_directory (self);

  bv_vmi_cleanup_async (self->environment, bv_reception_make_batch (self),
                        BV_VMI (bv_entry_get_object (self->vmi)), domain, directory,
                        bv_reception_cleaned_cb, g_object_ref (self));
}

/* Only a domain of this very guest is ended: one of the same name may be somebody else's. */
static void bv_reception_doomed_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
bv_reception_destroyed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    g_debug ("%s", error->message);
  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_reception_doomed_seen_cb, g_object_ref (self));
}

static void
bv_reception_doomed_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvDomainInfo) info =
      bv_domain_get_info_finish (BV_CONNECTION (source), result, &error);
  gboolean ours = info != NULL && bv_controller_owns_domain (info, bv_reception_get_vmi_uid (self));

  if (info == NULL && !g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND))
    bv_reception_retry_later (self);
  else if (ours && bv_domain_state_is_active (info->state))
    bv_domain_act_async (self->environment->connection, BV_DOMAIN_DESTROY, self->domain_name,
                         info->uuid, 0, NULL, bv_reception_destroyed_cb, g_object_ref (self));
  else
    clean_up (self, ours ? info : NULL);
}

/* Not while it is still being prepared: then its end calls this again. */
void
bv_reception_destroy (BvReception *self)
{
  BvRegistry *registry = bv_controller_get_registry (self->controller);

  if (self->preparing != NULL || !self->record->must_abort)
    return;
  /* It is here by another migration since. */
  if (self->vmi == NULL || bv_registry_find_uid (registry, bv_reception_get_vmi_uid (self)) != NULL)
    cleaned (self);
  else if (bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED)
    bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                              bv_reception_doomed_seen_cb, g_object_ref (self));
}

static void
bv_reception_rejected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvReception *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bv_reception_notify (self);
  bv_reception_destroy (self);
  g_task_return_boolean (task, TRUE);
}

/* On record first: whatever happens then, the guest is never let run here. */
void
bv_reception_reject_async (BvReception *self, const char *why, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_reception_reject_async);
  if (self->record->stage == BV_MIGRATION_FAILED)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (self->record->stage > BV_MIGRATION_READY)
    {
      g_task_return_new_error (task, BV_ERROR, BV_ERROR_CONFLICT,
                               _ ("The host %s owns the guest already."), self->record->target);
      return;
    }
  g_cancellable_cancel (self->preparing);
  g_clear_handle_id (&self->look_id, g_source_remove);
  bv_reception_set_doubt (self, NULL);
  self->record->stage = BV_MIGRATION_FAILED;
  self->record->must_abort = TRUE;
  self->record->ended = g_get_real_time ();
  self->record->failure = g_strdup (why);
  bv_reception_tell (self, "Warning", "Migrating", why);
  bv_store_write_async (self->environment->store, bv_reception_make_batch (self),
                        bv_reception_rejected_cb, g_steal_pointer (&task));
}

gboolean
bv_reception_reject_finish (BvReception *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
