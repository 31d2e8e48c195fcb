/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-reception-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-bundle.h"
#include "model/bv-error.h"
#include "runtime/controller/bv-controller-migration.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/vmi/bv-vmi-runtime.h"

/* The guest is this host's: on record, then running. */

static void
finish (BvReception *self)
{
  self->record->stage = BV_MIGRATION_DONE;
  self->record->ended = g_get_real_time ();
  g_clear_pointer (&self->record->objects, g_free);
  g_clear_pointer (&self->record->vmi_status, g_free);
  bv_reception_store_end (self);
}

static gboolean
is_paused_by_user (BvReception *self)
{
  BvEntry *vmi =
      bv_registry_find_uid (bv_controller_get_registry (self->controller), self->record->vmi_uid);

  return vmi != NULL && bv_vmi_runtime_get_status (bv_entry_get_runtime (vmi))->paused_by_user;
}

/* It is as libvirt has left it at its arrival. */
static gboolean
stands_still (BvReception *self, const BvDomainInfo *info)
{
  return info != NULL && info->state == BV_DOMAIN_PAUSED && info->reason == BV_DOMAIN_REASON_USER &&
         !is_paused_by_user (self);
}

static void
bv_reception_info_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;
  BvEntry *vmi =
      bv_registry_find_uid (bv_controller_get_registry (self->controller), self->record->vmi_uid);
  BvDomainInfo *info = bv_domain_get_info_finish (BV_CONNECTION (source), result, &error);

  self->settling = FALSE;
  if ((info == NULL && !g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND)) ||
      stands_still (self, info))
    {
      g_clear_pointer (&info, bv_domain_info_free);
      bv_reception_retry_later (self);
      return;
    }
  if (vmi != NULL)
    bv_vmi_runtime_reconcile (bv_entry_get_runtime (vmi), info);
  else
    g_clear_pointer (&info, bv_domain_info_free);
  finish (self);
}

static void
read_info (BvReception *self)
{
  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_reception_info_cb, g_object_ref (self));
}

static void
bv_reception_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  /* One that runs already was let run by a service that ended before it could say so. */
  if (!bv_domain_act_finish (BV_CONNECTION (source), result, &error) &&
      !g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND) &&
      !g_error_matches (error, BV_ERROR, BV_ERROR_NOT_RUNNING) &&
      !g_error_matches (error, BV_ERROR, BV_ERROR_CONFLICT))
    bv_reception_tell (self, "Warning", "ResumeFailed", error->message);
  read_info (self);
}

/* The guest is this host's, on record, and goes on. */
void
bv_reception_settle (BvReception *self)
{
  if (self->settling ||
      bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED)
    return;
  self->settling = TRUE;
  if (is_paused_by_user (self))
    read_info (self);
  else
    bv_domain_act_async (self->environment->connection, BV_DOMAIN_RESUME, self->domain_name, NULL,
                         0, NULL, bv_reception_resumed_cb, g_object_ref (self));
}

static void
answer_all (BvReception *self, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    if (error != NULL)
      g_task_return_error (g_ptr_array_index (waiting, i), g_error_copy (error));
    else
      g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
}

static void
bv_reception_adopted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvReception) self = user_data;
  g_autoptr (GError) error = NULL;

  self->accepting = FALSE;
  if (!bv_controller_adopt_finish (BV_CONTROLLER (source), result, &error))
    self->record->stage = BV_MIGRATION_READY;
  else
    {
      g_clear_handle_id (&self->look_id, g_source_remove);
      bv_reception_set_doubt (self, NULL);
      bv_reception_settle (self);
    }
  answer_all (self, error);
}

static void
accept_now (BvReception *self)
{
  g_autoptr (GPtrArray) rows = bv_migration_bundle_read (self->record->objects, NULL);
  BvStoreRow *vmi = (BvStoreRow *)bv_migration_bundle_find (rows, "VirtualMachineInstance");

  g_free (vmi->status);
  vmi->status = g_strdup (self->record->vmi_status);
  self->accepting = TRUE;
  self->record->stage = BV_MIGRATION_OWNED;
  bv_controller_adopt_async (self->controller, rows, self->entry, bv_reception_adopted_cb,
                             g_object_ref (self));
}

static gboolean
check_acceptable (BvReception *self, GError **error)
{
  if (self->record->stage == BV_MIGRATION_FAILED)
    g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED,
                 _ ("The migration was given up at the target: %s"),
                 self->record->failure != NULL ? self->record->failure : "");
  else if (self->record->stage < BV_MIGRATION_READY || self->vmi == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("The target is not ready yet."));
  else
    return TRUE;
  return FALSE;
}

void
bv_reception_accept_async (BvReception *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, bv_reception_accept_async);
  if (!self->accepting && self->record->stage > BV_MIGRATION_READY &&
      self->record->stage != BV_MIGRATION_FAILED)
    g_task_return_boolean (task, TRUE);
  else if (!self->accepting && !check_acceptable (self, &error))
    g_task_return_error (task, error);
  else
    {
      g_ptr_array_add (self->waiting, g_steal_pointer (&task));
      if (!self->accepting)
        accept_now (self);
    }
}

gboolean
bv_reception_accept_finish (BvReception *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
