/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-claim-runtime.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-claim-folder.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/claim/bv-claim-volume.h"

#define RETRY_FIRST_SECONDS 2
#define RETRY_LAST_SECONDS 60

struct _BvClaimRuntime
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvEntry *entry;
  BvClaimStatus *status;
  gboolean working; /* a call of ours is under way */
  gboolean again;   /* something happened meanwhile */
  gboolean filling; /* its data volume is at work on it */
  gboolean gone;
  guint holds;
  guint retry_id;
  guint retry_seconds;
  guint64 refused_size; /* to which it could not grow; another may be tried */
};

G_DEFINE_FINAL_TYPE (BvClaimRuntime, bv_claim_runtime, G_TYPE_OBJECT)

enum
{
  CHANGED,
  EVENT,
  GONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_claim_runtime_dispose (GObject *object)
{
  BvClaimRuntime *self = BV_CLAIM_RUNTIME (object);

  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_claim_runtime_parent_class)->dispose (object);
}

static void
bv_claim_runtime_finalize (GObject *object)
{
  BvClaimRuntime *self = BV_CLAIM_RUNTIME (object);

  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->status, bv_claim_status_free);
  G_OBJECT_CLASS (bv_claim_runtime_parent_class)->finalize (object);
}

static void
bv_claim_runtime_class_init (BvClaimRuntimeClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_claim_runtime_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_claim_runtime_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_CLAIM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[EVENT] = g_signal_new ("event", BV_TYPE_CLAIM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[GONE] = g_signal_new ("gone", BV_TYPE_CLAIM_RUNTIME, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

static void
bv_claim_runtime_init (BvClaimRuntime *self)
{
}

/* STATUS_JSON as bv_claim_runtime_dup_status_json() made it; an empty object for a new claim. */
BvClaimRuntime *
bv_claim_runtime_new (BvEnvironment *environment, BvEntry *entry, const char *status_json,
                      GError **error)
{
  BvClaimStatus *status = bv_claim_status_new_from_json (status_json, error);
  BvClaimRuntime *self;

  if (status == NULL)
    return NULL;
  self = g_object_new (BV_TYPE_CLAIM_RUNTIME, NULL);
  self->environment = bv_environment_ref (environment);
  self->entry = g_object_ref (entry);
  self->status = status;
  return self;
}

BvEntry *
bv_claim_runtime_get_entry (BvClaimRuntime *self)
{
  return self->entry;
}

const BvClaimStatus *
bv_claim_runtime_get_status (BvClaimRuntime *self)
{
  return self->status;
}

const BvApiPersistentVolumeClaimSpec *
bv_claim_runtime_get_spec (BvClaimRuntime *self)
{
  const BvApiPersistentVolumeClaim *record =
      bv_object_get_record (bv_entry_get_object (self->entry));

  return record->spec;
}

char *
bv_claim_runtime_dup_status_json (BvClaimRuntime *self)
{
  return bv_claim_status_to_json (self->status);
}

gboolean
bv_claim_runtime_is_busy (BvClaimRuntime *self)
{
  return self->working || self->filling || self->holds > 0;
}

static void
tell (BvClaimRuntime *self, const char *type, const char *reason, const char *message)
{
  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
  g_signal_emit (self, signals[EVENT], 0, type, reason, message);
}

static void
bv_claim_runtime_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvClaimRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    tell (self, "Warning", "StoreFailed", error->message);
}

static void
store_status (BvClaimRuntime *self)
{
  g_autofree char *json = bv_claim_status_to_json (self->status);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  bv_store_write_async (self->environment->store, batch, bv_claim_runtime_stored_cb,
                        g_object_ref (self));
}

/* TYPE is that of the event which tells the change. */
static void
set_phase (BvClaimRuntime *self, const char *phase, const char *type, const char *reason,
           const char *message)
{
  if (!bv_claim_status_set (self->status, phase, g_str_equal (phase, "Bound") ? NULL : reason,
                            g_str_equal (phase, "Bound") ? NULL : message))
    return;
  store_status (self);
  tell (self, type, reason, message);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
take_volume (BvClaimRuntime *self, const BvPoolVolume *volume)
{
  BvPoolVolume *copy = bv_pool_volume_copy (volume);
  gboolean grown = self->status->volume != NULL && self->status->volume->capacity != copy->capacity;

  g_clear_pointer (&self->status->volume, bv_pool_volume_free);
  self->status->volume = copy;
  self->retry_seconds = 0;
  if (grown)
    {
      store_status (self);
      g_signal_emit (self, signals[CHANGED], 0);
    }
}

static gboolean
bv_claim_runtime_retry_cb (gpointer user_data)
{
  BvClaimRuntime *self = user_data;

  self->retry_id = 0;
  bv_claim_runtime_reconcile (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BvClaimRuntime *self)
{
  if (self->retry_id != 0)
    return;
  self->retry_seconds = CLAMP (self->retry_seconds * 2, RETRY_FIRST_SECONDS, RETRY_LAST_SECONDS);
  self->retry_id = g_timeout_add_seconds (self->retry_seconds, bv_claim_runtime_retry_cb, self);
}

static void
end_work (BvClaimRuntime *self)
{
  gboolean again = self->again;

  self->working = FALSE;
  self->again = FALSE;
  g_signal_emit (self, signals[CHANGED], 0);
  if (again)
    bv_claim_runtime_reconcile (self);
}

BvDataImport *
bv_claim_runtime_new_import (BvClaimRuntime *self, BvDataKind kind)
{
  return bv_claim_volume_new_import (self->environment, self->entry, self->status->volume, kind);
}

/* Making its volume. */

static void
become_bound (BvClaimRuntime *self, const BvPoolVolume *volume)
{
  g_autofree char *message = g_strdup_printf (_ ("The volume %s of the storage pool %s was made."),
                                              volume->name, volume->pool);

  take_volume (self, volume);
  set_phase (self, "Bound", "Normal", "ProvisioningSucceeded", message);
}

static void
bv_claim_runtime_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvClaimRuntime *self = BV_CLAIM_RUNTIME (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume = g_task_propagate_pointer (G_TASK (result), &error);

  if (volume != NULL)
    become_bound (self, volume);
  else
    {
      set_phase (self, "Pending", "Warning", "ProvisioningFailed", error->message);
      retry_later (self);
    }
  end_work (self);
}

static void
make_volume (BvClaimRuntime *self)
{
  GTask *task = g_task_new (self, NULL, bv_claim_runtime_made_cb, NULL);

  self->working = TRUE;
  g_task_set_source_tag (task, make_volume);
  g_task_set_task_data (task, bv_claim_runtime_new_import (self, BV_DATA_BLANK),
                        (GDestroyNotify)bv_data_import_free);
  bv_worker_push_task (self->environment->workers, bv_data_import_run_in_worker, task);
}

/* Short calls: whether it is there, growing it, deleting it. */

static void
begin_call (BvClaimRuntime *self, BvClaimVolumeCall call, GAsyncReadyCallback callback)
{
  self->working = TRUE;
  bv_claim_volume_call_async (self->environment, self->entry, self->status->volume, call, callback,
                              g_object_ref (self));
}

static gboolean
is_outage (const GError *error)
{
  return g_error_matches (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE) ||
         g_error_matches (error, BV_ERROR, BV_ERROR_TIMED_OUT);
}

static void
bv_claim_runtime_looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvClaimRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume =
      bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (self->status->holder != NULL)
    g_debug ("It went away meanwhile.");
  else if (volume != NULL)
    {
      take_volume (self, volume);
      /* Why it does not grow is to be told until it does. */
      if (!bv_claim_status_is (self->status, "Bound"))
        set_phase (self, "Bound", "Normal", "VolumeFound", _ ("The volume is there again."));
    }
  else if (!is_outage (error))
    {
      set_phase (self, "Lost", "Warning", "ClaimLost", error->message);
      retry_later (self);
    }
  end_work (self);
}

static guint64
get_wanted_size (BvClaimRuntime *self)
{
  return bv_pool_round_size (bv_claim_spec_get_request (bv_claim_runtime_get_spec (self)));
}

static void
note_not_grown (BvClaimRuntime *self, const GError *error)
{
  self->refused_size = get_wanted_size (self);
  if (!bv_claim_status_set (self->status, "Bound", "VolumeResizeFailed", error->message))
    return;
  store_status (self);
  tell (self, "Warning", "VolumeResizeFailed", error->message);
}

static void
bv_claim_runtime_grown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvClaimRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume =
      bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (volume != NULL)
    {
      take_volume (self, volume);
      bv_claim_status_set (self->status, "Bound", NULL, NULL);
      store_status (self);
      tell (self, "Normal", "FileSystemResizeSuccessful", _ ("The volume was grown."));
    }
  else if (!is_outage (error))
    note_not_grown (self, error);
  end_work (self);
}

static void
become_gone (BvClaimRuntime *self)
{
  if (self->gone)
    return;
  self->gone = TRUE;
  g_signal_emit (self, signals[GONE], 0);
}

static void
note_not_deleted (BvClaimRuntime *self, const GError *error)
{
  if (bv_claim_status_set (self->status, self->status->phase, "VolumeFailedDelete", error->message))
    tell (self, "Warning", "VolumeFailedDelete", error->message);
  retry_later (self);
}

static void
bv_claim_runtime_deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvClaimRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume =
      bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (volume == NULL && !is_outage (error))
    note_not_deleted (self, error);
  end_work (self);
  if (volume != NULL)
    become_gone (self);
}

/* What is to be done. */

static void
note_in_use (BvClaimRuntime *self)
{
  if (bv_claim_status_set (self->status, self->status->phase, "Terminating",
                           _ ("It is deleted when no guest uses it any more.")))
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
remove_folder_in_worker (GTask *task)
{
  BvClaimRuntime *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bv_claim_folder_remove (self->environment->runtime_directory,
                              self->environment->state_directory, g_task_get_task_data (task),
                              &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
bv_claim_runtime_folder_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvClaimRuntime *self = BV_CLAIM_RUNTIME (source);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      begin_call (self, BV_CLAIM_VOLUME_DELETE, bv_claim_runtime_deleted_cb);
      return;
    }
  note_not_deleted (self, error);
  end_work (self);
}

/* First the folder that guests shared, then the volume. */
static void
begin_deletion (BvClaimRuntime *self)
{
  GTask *task = g_task_new (self, NULL, bv_claim_runtime_folder_removed_cb, NULL);

  self->working = TRUE;
  g_task_set_source_tag (task, begin_deletion);
  g_task_set_task_data (task, bv_claim_volume_make_name (self->entry), g_free);
  bv_worker_push_task (self->environment->workers, remove_folder_in_worker, task);
}

static void
carry_on_deletion (BvClaimRuntime *self)
{
  if (bv_claim_users_find (self->environment->registry, self->entry) != NULL || self->holds > 0)
    note_in_use (self);
  else if (!self->filling)
    begin_deletion (self);
}

static gboolean
must_grow (BvClaimRuntime *self)
{
  guint64 size = get_wanted_size (self);

  return bv_claim_status_is (self->status, "Bound") && self->status->volume != NULL &&
         self->status->volume->capacity < size && self->refused_size != size;
}

static void
note_resize_waits (BvClaimRuntime *self)
{
  if (!bv_claim_status_set (self->status, "Bound", "FileSystemResizePending",
                            _ ("It grows when nobody copies it, moves with it or has an "
                               "image above it any more.")))
    return;
  store_status (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
make_or_refuse (BvClaimRuntime *self)
{
  const char *fault = bv_claim_spec_find_fault (bv_claim_runtime_get_spec (self));

  if (fault != NULL)
    set_phase (self, "Pending", "Warning", "ProvisioningFailed", fault);
  else if (bv_entry_get_owner (self->entry)[0] == '\0')
    make_volume (self);
}

void
bv_claim_runtime_reconcile (BvClaimRuntime *self)
{
  if (self->working)
    {
      self->again = TRUE;
      return;
    }
  if (bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED ||
      self->gone)
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (bv_entry_get_deleted (self->entry) != 0)
    carry_on_deletion (self);
  else if (self->status->holder != NULL)
    return;
  else if (self->status->volume == NULL)
    make_or_refuse (self);
  else if (!must_grow (self))
    begin_call (self, BV_CLAIM_VOLUME_LOOK, bv_claim_runtime_looked_cb);
  else if (bv_claim_users_find_obstacle (self->environment->registry, self->entry) != NULL ||
           self->holds > 0)
    note_resize_waits (self);
  else
    begin_call (self, BV_CLAIM_VOLUME_GROW, bv_claim_runtime_grown_cb);
}

/* Its data volume. */

void
bv_claim_runtime_begin_fill (BvClaimRuntime *self)
{
  self->filling = TRUE;
}

void
bv_claim_runtime_end_fill (BvClaimRuntime *self, const BvPoolVolume *volume, const GError *error)
{
  self->filling = FALSE;
  if (volume != NULL)
    become_bound (self, volume);
  else
    set_phase (self, "Pending", "Warning", "ProvisioningFailed", error->message);
  if (bv_entry_get_deleted (self->entry) != 0)
    bv_claim_runtime_reconcile (self);
}

/* To another host. */

static char *
make_away_message (const char *host)
{
  return g_strdup_printf (
      _ ("It went to the host %s with its guest. What is here is the copy of "
         "that time, which nobody uses: delete the claim here to be rid of it."),
      host);
}

static void
note_away (BvClaimStatus *status, const char *host)
{
  g_autofree char *message = make_away_message (host);

  bv_claim_status_set (status, "Lost", "Moved", message);
  g_free (status->holder);
  status->holder = g_strdup (host);
}

char *
bv_claim_runtime_dup_status_of_away (BvClaimRuntime *self, const char *host)
{
  g_autofree char *now = bv_claim_status_to_json (self->status);
  g_autoptr (BvClaimStatus) status = bv_claim_status_new_from_json (now, NULL);

  note_away (status, host);
  return bv_claim_status_to_json (status);
}

void
bv_claim_runtime_give_away (BvClaimRuntime *self, const char *host)
{
  note_away (self->status, host);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  tell (self, "Normal", "Moved", self->status->message);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
bv_claim_runtime_hold (BvClaimRuntime *self)
{
  self->holds++;
}

void
bv_claim_runtime_release (BvClaimRuntime *self)
{
  g_return_if_fail (self->holds > 0);
  if (--self->holds > 0)
    return;
  g_signal_emit (self, signals[CHANGED], 0);
  bv_claim_runtime_reconcile (self);
}
