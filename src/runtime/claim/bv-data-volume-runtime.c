/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-data-volume-runtime.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-data-source.h"

#define RETRY_FIRST_SECONDS 2
#define RETRY_LAST_SECONDS 300

struct _BvDataVolumeRuntime
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvEntry *entry;
  BvDataVolumeHooks hooks;
  BvDataVolumeStatus *status;
  BvConditions *conditions;

  gboolean creating;      /* its claim is being made */
  gboolean working;       /* data come in */
  BvClaimRuntime *claim;  /* that they come in to, while they do */
  BvClaimRuntime *source; /* that is copied, while it is */
  GCancellable *cancellable;
  BvJob *job;
  int upload_fd; /* -1: none */
  guint64 upload_size;
  guint retry_id;
  guint retry_seconds;
};

G_DEFINE_FINAL_TYPE (BvDataVolumeRuntime, bv_data_volume_runtime, G_TYPE_OBJECT)

enum
{
  CHANGED,
  EVENT,
  IDLE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_data_volume_runtime_dispose (GObject *object)
{
  BvDataVolumeRuntime *self = BV_DATA_VOLUME_RUNTIME (object);

  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->claim);
  g_clear_object (&self->source);
  g_clear_object (&self->job);
  g_clear_object (&self->entry);
  G_OBJECT_CLASS (bv_data_volume_runtime_parent_class)->dispose (object);
}

static void
bv_data_volume_runtime_finalize (GObject *object)
{
  BvDataVolumeRuntime *self = BV_DATA_VOLUME_RUNTIME (object);

  if (self->upload_fd >= 0) /* of one that was never begun */
    close (self->upload_fd);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_clear_pointer (&self->status, bv_data_volume_status_free);
  g_clear_pointer (&self->conditions, bv_conditions_free);
  G_OBJECT_CLASS (bv_data_volume_runtime_parent_class)->finalize (object);
}

static void
bv_data_volume_runtime_class_init (BvDataVolumeRuntimeClass *class)
{
  GType type = BV_TYPE_DATA_VOLUME_RUNTIME;

  G_OBJECT_CLASS (class)->dispose = bv_data_volume_runtime_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_data_volume_runtime_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EVENT] = g_signal_new ("event", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[IDLE] =
      g_signal_new ("idle", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_data_volume_runtime_init (BvDataVolumeRuntime *self)
{
  self->conditions = bv_conditions_new ();
  self->upload_fd = -1;
}

/* STATUS_JSON as bv_data_volume_runtime_dup_status_json() made it; an empty object for a new one.
 */
BvDataVolumeRuntime *
bv_data_volume_runtime_new (BvEnvironment *environment, BvEntry *entry,
                            const BvDataVolumeHooks *hooks, const char *status_json, GError **error)
{
  BvDataVolumeStatus *status = bv_data_volume_status_new_from_json (status_json, error);
  BvDataVolumeRuntime *self;

  if (status == NULL)
    return NULL;
  self = g_object_new (BV_TYPE_DATA_VOLUME_RUNTIME, NULL);
  self->environment = bv_environment_ref (environment);
  self->entry = g_object_ref (entry);
  self->hooks = *hooks;
  self->status = status;
  bv_data_volume_status_set_conditions (
      status, status->phase == BV_DATA_VOLUME_SUCCEEDED ? "Bound" : "Pending", FALSE,
      self->conditions);
  return self;
}

BvEntry *
bv_data_volume_runtime_get_entry (BvDataVolumeRuntime *self)
{
  return self->entry;
}

const char *
bv_data_volume_runtime_get_phase (BvDataVolumeRuntime *self)
{
  return bv_data_volume_phase_to_string (self->status->phase);
}

const char *
bv_data_volume_runtime_get_message (BvDataVolumeRuntime *self)
{
  return self->status->message;
}

guint
bv_data_volume_runtime_get_restarts (BvDataVolumeRuntime *self)
{
  return self->status->restarts;
}

char *
bv_data_volume_runtime_dup_progress (BvDataVolumeRuntime *self)
{
  return bv_data_volume_status_format_progress (
      self->status,
      self->working ? bv_progress_get_fraction (bv_job_get_progress (self->job)) : -1);
}

BvConditions *
bv_data_volume_runtime_get_conditions (BvDataVolumeRuntime *self)
{
  return self->conditions;
}

char *
bv_data_volume_runtime_dup_status_json (BvDataVolumeRuntime *self)
{
  return bv_data_volume_status_to_json (self->status);
}

/* Whether nothing is under way that uses its claim. */
gboolean
bv_data_volume_runtime_is_idle (BvDataVolumeRuntime *self)
{
  return !self->working && !self->creating;
}

static const BvApiDataVolumeSpec *
get_spec (BvDataVolumeRuntime *self)
{
  const BvApiDataVolume *record = bv_object_get_record (bv_entry_get_object (self->entry));

  return record->spec;
}

static BvEntry *
find_claim (BvDataVolumeRuntime *self)
{
  BvObject *object = bv_entry_get_object (self->entry);

  return bv_registry_find (self->environment->registry, "PersistentVolumeClaim",
                           bv_object_get_namespace (object), bv_object_get_name (object));
}

static const char *
get_claim_phase (BvDataVolumeRuntime *self)
{
  BvEntry *claim = find_claim (self);

  return claim != NULL ? bv_claim_runtime_get_status (bv_entry_get_runtime (claim))->phase
                       : "Pending";
}

static void
tell (BvDataVolumeRuntime *self, const char *type, const char *reason, const char *message)
{
  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
  g_signal_emit (self, signals[EVENT], 0, type, reason, message);
}

static void
bv_data_volume_runtime_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvDataVolumeRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    tell (self, "Warning", "StoreFailed", error->message);
}

static void
store_status (BvDataVolumeRuntime *self)
{
  g_autofree char *json = bv_data_volume_status_to_json (self->status);
  BvStoreBatch *batch = bv_store_batch_new ();

  bv_store_batch_set_status (batch, bv_object_get_uid (bv_entry_get_object (self->entry)), json);
  bv_store_write_async (self->environment->store, batch, bv_data_volume_runtime_stored_cb,
                        g_object_ref (self));
}

/* MESSAGE is NULL where nothing is wrong. */
static void
set_phase (BvDataVolumeRuntime *self, BvDataVolumePhase phase, const char *message)
{
  const char *text = message != NULL ? message : "";
  gboolean changed = self->status->phase != phase || !g_str_equal (self->status->message, text);
  char *before = self->status->message;

  self->status->phase = phase;
  self->status->message = g_strdup (text);
  g_free (before);
  changed |= bv_data_volume_status_set_conditions (self->status, get_claim_phase (self),
                                                   self->working, self->conditions);
  if (!changed)
    return;
  store_status (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The end of it, one way or the other. */

static void
succeed (BvDataVolumeRuntime *self)
{
  if (self->status->phase == BV_DATA_VOLUME_SUCCEEDED)
    return;
  set_phase (self, BV_DATA_VOLUME_SUCCEEDED, NULL);
  tell (self, "Normal", "ImportSucceeded", _ ("The data are in the claim."));
  bv_job_end (&self->job, NULL);
}

static void
fail (BvDataVolumeRuntime *self, const GError *error)
{
  set_phase (self, BV_DATA_VOLUME_FAILED, error->message);
  tell (self, "Warning", "ImportFailed", error->message);
  bv_job_end (&self->job, error);
}

static gboolean
bv_data_volume_runtime_retry_cb (gpointer user_data)
{
  BvDataVolumeRuntime *self = user_data;

  self->retry_id = 0;
  bv_data_volume_runtime_reconcile (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BvDataVolumeRuntime *self, const GError *error)
{
  BvDataVolumePhase phase = self->status->phase;

  if (!g_str_equal (self->status->message, error->message))
    tell (self, "Warning", "Error", error->message);
  set_phase (self, phase, error->message);
  if (self->retry_id != 0)
    return;
  self->retry_seconds = CLAMP (self->retry_seconds * 2, RETRY_FIRST_SECONDS, RETRY_LAST_SECONDS);
  self->retry_id =
      g_timeout_add_seconds (self->retry_seconds, bv_data_volume_runtime_retry_cb, self);
}

/* What will not pass by itself. */
static gboolean
is_final (const GError *error)
{
  return g_error_matches (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT) ||
         g_error_matches (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED) ||
         g_error_matches (error, BV_ERROR, BV_ERROR_CANCELLED);
}

/* An upload does not come again by itself. */
static void
note_failure (BvDataVolumeRuntime *self, const GError *error)
{
  self->status->restarts++;
  if (self->status->phase == BV_DATA_VOLUME_UPLOAD_READY)
    {
      set_phase (self, BV_DATA_VOLUME_UPLOAD_READY, error->message);
      tell (self, "Warning", "UploadFailed", error->message);
      bv_job_end (&self->job, error);
    }
  else if (is_final (error))
    fail (self, error);
  else
    retry_later (self, error);
}

/* Filling. */

static const struct
{
  BvDataVolumePhase scheduled;
  BvDataVolumePhase in_progress;
  const char *operation;
} kinds[] = {
  [BV_DATA_BLANK] = { BV_DATA_VOLUME_IMPORT_SCHEDULED, BV_DATA_VOLUME_IMPORT_IN_PROGRESS,
                      "import" },
  [BV_DATA_HTTP] = { BV_DATA_VOLUME_IMPORT_SCHEDULED, BV_DATA_VOLUME_IMPORT_IN_PROGRESS, "import" },
  [BV_DATA_REGISTRY] = { BV_DATA_VOLUME_IMPORT_SCHEDULED, BV_DATA_VOLUME_IMPORT_IN_PROGRESS,
                         "import" },
  [BV_DATA_CLAIM] = { BV_DATA_VOLUME_CLONE_SCHEDULED, BV_DATA_VOLUME_CLONE_IN_PROGRESS, "clone" },
  [BV_DATA_UPLOAD] = { BV_DATA_VOLUME_UPLOAD_READY, BV_DATA_VOLUME_UPLOAD_READY, "upload" },
};

static void
end_transfer (BvDataVolumeRuntime *self)
{
  self->working = FALSE;
  if (self->source != NULL)
    bv_claim_runtime_release (self->source);
  g_clear_object (&self->source);
  g_clear_object (&self->cancellable);
  self->hooks.end_transfer (self->entry, self->hooks.user_data);
}

static void
bv_data_volume_runtime_filled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvDataVolumeRuntime *self = BV_DATA_VOLUME_RUNTIME (source);
  g_autoptr (BvClaimRuntime) claim = g_steal_pointer (&self->claim);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new (BV_ERROR, BV_ERROR_CANCELLED, _ ("It was cancelled."));
    }
  end_transfer (self);
  if (claim != NULL)
    bv_claim_runtime_end_fill (claim, volume, error);
  if (bv_entry_get_deleted (self->entry) != 0)
    {
      bv_job_end (&self->job, error);
      g_signal_emit (self, signals[IDLE], 0);
    }
  else if (volume != NULL)
    succeed (self);
  else
    note_failure (self, error);
}

static void
notify_changed (BvDataVolumeRuntime *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
drop_upload (BvDataVolumeRuntime *self)
{
  if (self->upload_fd >= 0)
    close (self->upload_fd);
  self->upload_fd = -1;
}

/* Between two tries there is nothing that could be interrupted. An upload that waited for its turn
 * lets go of what was sent, and another may come. */
static void
cancel_cb (BvDataVolumeRuntime *self)
{
  g_autoptr (GError) error = NULL;

  if (self->working)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }
  g_clear_handle_id (&self->retry_id, g_source_remove);
  error = g_error_new (BV_ERROR, BV_ERROR_CANCELLED, _ ("It was cancelled."));
  drop_upload (self);
  if (self->status->phase == BV_DATA_VOLUME_UPLOAD_READY)
    note_failure (self, error);
  else
    fail (self, error);
}

static void
make_job (BvDataVolumeRuntime *self, BvDataKind kind)
{
  if (self->job != NULL)
    return;
  self->job = bv_job_new (kinds[kind].operation, self->entry);
  g_signal_connect_object (self->job, "changed", G_CALLBACK (notify_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "cancel", G_CALLBACK (cancel_cb), self, G_CONNECT_SWAPPED);
  self->hooks.add_job (self->job, self->hooks.user_data);
}

/* Takes IMPORT. */
static void
begin_fill (BvDataVolumeRuntime *self, BvClaimRuntime *claim, BvDataImport *import)
{
  BvEntry *source = bv_data_source_find_claim (self->environment->registry, self->entry);
  GTask *task;

  self->working = TRUE;
  self->claim = g_object_ref (claim);
  self->cancellable = g_cancellable_new ();
  make_job (self, import->kind);
  import->progress = g_object_ref (bv_job_get_progress (self->job));
  bv_claim_runtime_begin_fill (claim);
  if (import->kind == BV_DATA_CLAIM)
    {
      self->source = g_object_ref (bv_entry_get_runtime (source));
      bv_claim_runtime_hold (self->source);
    }
  set_phase (self, kinds[import->kind].in_progress, NULL);
  task = g_task_new (self, self->cancellable, bv_data_volume_runtime_filled_cb, NULL);
  /* What was done counts, even if it was cancelled in the last moment. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_source_tag (task, begin_fill);
  g_task_set_task_data (task, import, (GDestroyNotify)bv_data_import_free);
  bv_worker_push_task (self->environment->workers, bv_data_import_run_in_worker, task);
}

static void
try_fill (BvDataVolumeRuntime *self, BvClaimRuntime *claim, BvDataKind kind)
{
  g_autoptr (BvDataImport) import = NULL;
  g_autoptr (GError) error = NULL;

  if (kind == BV_DATA_UPLOAD && self->upload_fd < 0)
    {
      set_phase (self, BV_DATA_VOLUME_UPLOAD_READY, self->status->message);
      return;
    }
  /* A second try shows where the first one came to. */
  if (self->status->phase == BV_DATA_VOLUME_PENDING)
    set_phase (self, kinds[kind].scheduled, NULL);
  import = bv_claim_runtime_new_import (claim, kind);
  if (!bv_data_source_check (self->environment->registry, self->entry, &error) ||
      !bv_data_source_resolve (self->environment->registry, self->entry, import, &error))
    {
      note_failure (self, error);
      return;
    }
  if (!self->hooks.begin_transfer (self->entry, self->hooks.user_data))
    return;
  import->fd = self->upload_fd;
  import->fd_size = self->upload_size;
  self->upload_fd = -1;
  begin_fill (self, claim, g_steal_pointer (&import));
}

/* What is to be done. */

static gboolean
owns (BvDataVolumeRuntime *self, BvEntry *claim)
{
  return g_str_equal (bv_entry_get_owner (claim),
                      bv_object_get_uid (bv_entry_get_object (self->entry)));
}

static void
note_conflict (BvDataVolumeRuntime *self)
{
  const char *message = _ ("There is a claim of this name already, which is none of this "
                           "DataVolume's. Delete one of the two.");

  if (!g_str_equal (self->status->message, message))
    tell (self, "Warning", "ErrResourceExists", message);
  set_phase (self, BV_DATA_VOLUME_PENDING, message);
}

static void
fill (BvDataVolumeRuntime *self)
{
  g_autoptr (GError) error = NULL;
  BvEntry *claim = find_claim (self);
  BvDataKind kind;

  if (!bv_data_source_get_kind (get_spec (self),
                                bv_object_get_namespace (bv_entry_get_object (self->entry)), &kind,
                                &error))
    fail (self, error);
  else if (claim == NULL)
    {
      self->creating = TRUE;
      self->hooks.create_claim (self->entry, self->hooks.user_data);
    }
  else if (!owns (self, claim))
    note_conflict (self);
  else if (g_str_equal (get_claim_phase (self), "Bound"))
    succeed (self);
  else if (bv_entry_get_deleted (claim) == 0)
    try_fill (self, bv_entry_get_runtime (claim), kind);
}

void
bv_data_volume_runtime_reconcile (BvDataVolumeRuntime *self)
{
  self->creating = self->creating && find_claim (self) == NULL;
  if (bv_entry_get_deleted (self->entry) != 0)
    {
      g_clear_handle_id (&self->retry_id, g_source_remove);
      g_cancellable_cancel (self->cancellable);
    }
  else if (bv_data_volume_phase_is_final (self->status->phase))
    set_phase (self, self->status->phase, self->status->message);
  else if (!self->working && !self->creating && self->retry_id == 0 &&
           bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED)
    fill (self);
}

void
bv_data_volume_runtime_note_claim (BvDataVolumeRuntime *self)
{
  if (bv_entry_get_deleted (self->entry) == 0 &&
      bv_data_volume_phase_is_final (self->status->phase))
    set_phase (self, self->status->phase, self->status->message);
}

void
bv_data_volume_runtime_wake (BvDataVolumeRuntime *self)
{
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_seconds = 0;
  bv_data_volume_runtime_reconcile (self);
}

void
bv_data_volume_runtime_claim_failed (BvDataVolumeRuntime *self, const GError *error)
{
  self->creating = FALSE;
  if (bv_entry_get_deleted (self->entry) != 0)
    g_signal_emit (self, signals[IDLE], 0);
  else
    retry_later (self, error);
}

BvJob *
bv_data_volume_runtime_upload (BvDataVolumeRuntime *self, int fd, guint64 size, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autoptr (BvJob) job = NULL;

  if (self->status->phase != BV_DATA_VOLUME_UPLOAD_READY || self->working || self->upload_fd >= 0)
    {
      close (fd);
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("%s takes no upload now: it is in the phase %s."), what,
                   bv_data_volume_runtime_get_phase (self));
      return NULL;
    }
  self->upload_fd = fd;
  self->upload_size = size;
  make_job (self, BV_DATA_UPLOAD);
  job = g_object_ref (self->job);
  bv_data_volume_runtime_reconcile (self);
  return g_steal_pointer (&job);
}
