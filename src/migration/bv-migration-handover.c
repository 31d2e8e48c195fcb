/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/controller/bv-controller-migration.h"
#include "runtime/domain/bv-domain.h"

/* The source's side once libvirt was told to move the guest. The guest is this host's until the
 * release is on record, and the release is written only when the domain here is gone for good. */

#define LOOK_MSEC 400
#define TELL_USEC G_USEC_PER_SEC
#define CALL_SECONDS 10

/* So long the guest may be paused at the end of a move before that is worth a word. */
#define DOUBT_USEC (3 * G_USEC_PER_SEC)

/* What is seen meanwhile. */

static void
note_pause (BvMigration *self)
{
  gboolean paused =
      self->sight->state == BV_DOMAIN_PAUSED && self->sight->reason == BV_DOMAIN_REASON_MIGRATION;
  g_autofree char *doubt = NULL;

  /* Of that bv-migration-post-copy.c tells. */
  if (self->sight->state == BV_DOMAIN_PAUSED &&
      self->sight->reason == BV_DOMAIN_REASON_POSTCOPY_FAILED)
    return;
  if (!paused)
    {
      self->paused_at = 0;
      bv_migration_set_doubt (self, NULL);
      return;
    }
  if (self->paused_at == 0)
    self->paused_at = g_get_monotonic_time ();
  if (g_get_monotonic_time () - self->paused_at < DOUBT_USEC)
    return;
  doubt = g_strdup_printf (_ ("The guest is paused at the end of its move to the host %s, and that "
                              "host does not answer libvirt here. It runs on neither host until "
                              "libvirt gives up or the link is back."),
                           self->record->target);
  bv_migration_set_doubt (self, doubt);
}

/* What nobody waits for any more is judged at once; what was to end, and goes on, is ended: libvirt
 * forgets who says so before the move has begun. */
static void
insist (BvMigration *self)
{
  if (self->sight->has_job && bv_migration_was_cancelled (self))
    bv_migration_abort (self);
  else if (!self->sight->has_job && !self->move_called && !self->busy)
    bv_migration_reconcile (self);
}

static void
bv_migration_looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  BvMigrationSight *sight = bv_migration_call_look_finish (BV_CONNECTION (source), result, &error);
  gint64 now = g_get_monotonic_time ();

  self->looking = FALSE;
  if (sight == NULL || self->record->stage != BV_MIGRATION_MOVING)
    {
      g_free (sight);
      return;
    }
  /* What was counted is not forgotten because the job is over. */
  if (sight->has_job || self->sight == NULL)
    {
      g_free (self->sight);
      self->sight = sight;
    }
  else
    {
      self->sight->state = sight->state;
      self->sight->reason = sight->reason;
      self->sight->has_job = FALSE;
      g_free (sight);
    }
  note_pause (self);
  bv_migration_help (self);
  insist (self);
  if (self->job != NULL && self->sight->total > 0)
    bv_progress_set (bv_job_get_progress (self->job), _ ("Moving the guest"),
                     self->sight->total - MIN (self->sight->remaining, self->sight->total),
                     self->sight->total);
  if (now - self->told_at < TELL_USEC)
    return;
  self->told_at = now;
  bv_migration_notify (self);
}

static gboolean
bv_migration_look_cb (gpointer user_data)
{
  BvMigration *self = user_data;
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (self->looking || vmi == NULL ||
      bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED)
    return G_SOURCE_CONTINUE;
  self->looking = TRUE;
  bv_migration_call_look_async (self->environment->connection, bv_vmi_runtime_get_domain_name (vmi),
                                bv_migration_looked_cb, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

/* One who stops the guest does not want it to move. */
static void
vmi_changed_cb (BvMigration *self, BvVmiRuntime *vmi)
{
  g_autoptr (GError) error = NULL;

  if (bv_vmi_runtime_get_status (vmi)->stopping && !self->record->cancelled &&
      !bv_migration_cancel (self, &error))
    g_debug ("%s", error->message);
}

void
bv_migration_watch (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (self->look_id != 0)
    return;
  self->look_id = g_timeout_add (LOOK_MSEC, bv_migration_look_cb, self);
  if (vmi != NULL)
    g_signal_connect_object (vmi, "changed", G_CALLBACK (vmi_changed_cb), self, G_CONNECT_SWAPPED);
}

void
bv_migration_stop_watching (BvMigration *self)
{
  BvVmiRuntime *vmi = self->look_id != 0 ? bv_migration_get_vmi (self) : NULL;

  g_clear_handle_id (&self->look_id, g_source_remove);
  if (vmi != NULL)
    g_signal_handlers_disconnect_by_func (vmi, vmi_changed_cb, self);
}

/* It stays here. */

/* It knows of no such migration, or has the guest; what else it says is not its last word. */
static gboolean
knows_end (const GError *error)
{
  return g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND) ||
         g_error_matches (error, BV_ERROR, BV_ERROR_CONFLICT);
}

static void
bv_migration_abort_told_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bv_remote_call_finish (BV_REMOTE (source), result, &error);

  self->busy = FALSE;
  if (reply == NULL && !knows_end (error))
    {
      bv_migration_retry_later (self);
      return;
    }
  if (g_error_matches (error, BV_ERROR, BV_ERROR_CONFLICT))
    bv_migration_tell (self, "Warning", "HandoverConflict", error->message);
  self->record->must_abort = FALSE;
  bv_migration_store (self, NULL);
  bv_migration_end (self, NULL);
}

/* Until it knows, the target keeps what it has prepared, and lets nothing of it run. */
void
bv_migration_tell_abort (BvMigration *self)
{
  g_autoptr (GError) error = NULL;

  if (!bv_migration_ensure_remote (self, &error))
    {
      bv_migration_retry_later (self);
      return;
    }
  self->busy = TRUE;
  bv_remote_call_async (
      self->remote, "Abort",
      g_variant_new ("(sa{sv})", bv_object_get_uid (bv_entry_get_object (self->entry)), NULL), "()",
      CALL_SECONDS, NULL, bv_migration_abort_told_cb, g_object_ref (self));
}

static void
bv_migration_failed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;

  self->busy = FALSE;
  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    bv_migration_tell (self, "Warning", "StoreFailed", error->message);
  if (vmi != NULL && self->record->must_abort)
    bv_vmi_runtime_see_again (vmi);
  cause =
      g_error_new_literal (BV_ERROR, self->record->cancelled ? BV_ERROR_CANCELLED : BV_ERROR_FAILED,
                           self->record->failure);
  bv_migration_end (self, cause);
  bv_migration_reconcile (self);
}

/* The guest is this host's, as before. */
void
bv_migration_fail (BvMigration *self, const char *why)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  bv_migration_stop_watching (self);
  bv_migration_set_doubt (self, NULL);
  self->record->must_abort = self->record->stage >= BV_MIGRATION_PREPARING;
  self->record->stage = BV_MIGRATION_FAILED;
  self->record->ended = g_get_real_time ();
  g_free (self->record->failure);
  self->record->failure = g_strdup (why);
  self->busy = TRUE;
  bv_migration_tell (self, "Warning", "Migrating", why);
  /* What never began may have been kept from it by another one, which has the guest. */
  if (vmi != NULL && self->record->must_abort)
    bv_vmi_runtime_hold (vmi, NULL);
  bv_migration_store (self, bv_migration_failed_cb);
}

/* The target has it. */

static void
left_cb (BvMigration *self)
{
  self->busy = FALSE;
  bv_migration_end (self, NULL);
}

static void
bv_migration_forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_controller_forget_moved_finish (BV_CONTROLLER (source), result, &error))
    {
      self->busy = FALSE;
      self->record->stage = BV_MIGRATION_RELEASED;
      bv_migration_tell (self, "Warning", "CleanupFailed", error->message);
      bv_migration_retry_later (self);
      return;
    }
  g_clear_object (&self->vmi);
  left_cb (self);
}

static void
forget_vmi (BvMigration *self)
{
  self->record->stage = BV_MIGRATION_DONE;
  self->record->ended = g_get_real_time ();
  bv_controller_forget_moved_async (self->controller, self->vmi, self->entry,
                                    bv_migration_forgotten_cb, g_object_ref (self));
}

static void
vmi_ended_cb (BvMigration *self, BvVmiRuntime *vmi)
{
  g_signal_handlers_disconnect_by_func (vmi, vmi_ended_cb, self);
  forget_vmi (self);
}

/* What is left of it here goes: the domain's definition, its folders, its place in networks. */
static void
leave (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);
  g_autofree char *text =
      g_strdup_printf (_ ("The guest runs on the host %s now."), self->record->target);

  bv_migration_tell (self, "Normal", "Migrated", text);
  if (vmi == NULL)
    {
      self->record->stage = BV_MIGRATION_DONE;
      self->record->ended = g_get_real_time ();
      bv_migration_store (self, NULL);
      left_cb (self);
    }
  else if (bv_vmi_runtime_is_over (vmi))
    forget_vmi (self);
  else
    {
      g_signal_connect_object (vmi, "ended", G_CALLBACK (vmi_ended_cb), self, G_CONNECT_SWAPPED);
      bv_vmi_runtime_leave (vmi);
    }
}

/* Whoever can reach the target may carry the word there. */
static void
doubt_delivery (BvMigration *self, const GError *error)
{
  const BvMigrationRecord *record = self->record;
  g_autofree char *command =
      bv_resolution_make_command (bv_object_get_uid (bv_entry_get_object (self->entry)),
                                  BV_PROOF_RELEASED, record->vmi_name, record->target);
  g_autofree char *doubt =
      g_strdup_printf (_ ("The guest was given to the host %s, which has not confirmed that it has "
                          "it: %s It is told "
                          "again until it answers; on that host %s says the same."),
                       record->target, error->message, command);

  bv_migration_set_doubt (self, doubt);
  bv_migration_retry_later (self);
}

static void
bv_migration_delivered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bv_remote_call_finish (BV_REMOTE (source), result, &error);

  if (reply != NULL)
    {
      if (self->record->downtime == 0 && self->moved_at != 0)
        self->record->downtime = g_get_monotonic_time () - self->moved_at;
      bv_migration_set_doubt (self, NULL);
      leave (self);
      return;
    }
  self->busy = FALSE;
  /* It said so before on record: it never lets the guest run. */
  if (g_error_matches (error, BV_ERROR, BV_ERROR_CANCELLED))
    {
      bv_migration_fail (self, error->message);
      return;
    }
  doubt_delivery (self, error);
}

void
bv_migration_deliver (BvMigration *self)
{
  g_autoptr (GError) error = NULL;

  if (!bv_migration_ensure_remote (self, &error))
    {
      doubt_delivery (self, error);
      return;
    }
  self->busy = TRUE;
  bv_remote_call_async (
      self->remote, "Finish",
      g_variant_new ("(sa{sv})", bv_object_get_uid (bv_entry_get_object (self->entry)), NULL), "()",
      CALL_SECONDS, NULL, bv_migration_delivered_cb, g_object_ref (self));
}

static void
bv_migration_released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  self->busy = FALSE;
  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    {
      /* Not released: what is not on record did not happen. */
      self->record->stage = BV_MIGRATION_MOVING;
      bv_migration_tell (self, "Warning", "StoreFailed", error->message);
      bv_migration_retry_later (self);
      return;
    }
  bv_migration_notify (self);
  bv_migration_deliver (self);
}

void
bv_migration_release (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  bv_migration_stop_watching (self);
  self->record->stage = BV_MIGRATION_RELEASED;
  self->busy = TRUE;
  if (vmi != NULL)
    bv_vmi_runtime_hold (vmi, bv_object_get_uid (bv_entry_get_object (self->entry)));
  bv_migration_store (self, bv_migration_released_cb);
}

/* What became of it. */

static void
bv_migration_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bv_remote_call_finish (BV_REMOTE (source), result, &error);
  g_autoptr (GVariant) state = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree char *doubt = NULL;
  gboolean received = FALSE;

  self->busy = FALSE;
  if (reply == NULL && !knows_end (error))
    {
      doubt = g_strdup_printf (_ ("The guest's domain is gone here, and only the host %s can tell "
                                  "whether it has it: %s"),
                               self->record->target, error->message);
      bv_migration_set_doubt (self, doubt);
      bv_migration_retry_later (self);
      return;
    }
  bv_migration_set_doubt (self, NULL);
  if (state != NULL && g_variant_lookup (state, "received", "b", &received) && received)
    bv_migration_release (self);
  else
    bv_migration_fail (self, _ ("The guest ended while it moved."));
}

/* libvirt here has forgotten how the domain ended. It is not running, so that this host may give
 * the guest away; the target knows whether there is anything to give. */
static void
ask_target (BvMigration *self)
{
  g_autoptr (GError) error = NULL;

  if (!bv_migration_ensure_remote (self, &error))
    {
      bv_migration_set_doubt (self, error->message);
      bv_migration_retry_later (self);
      return;
    }
  self->busy = TRUE;
  bv_remote_call_async (
      self->remote, "GetState",
      g_variant_new ("(sa{sv})", bv_object_get_uid (bv_entry_get_object (self->entry)), NULL),
      "(a{sv})", CALL_SECONDS, NULL, bv_migration_asked_cb, g_object_ref (self));
}

/* Why it is not moved. */
static const char *
explain (BvMigration *self)
{
  if (self->record->cancelled)
    return _ ("The migration was cancelled.");
  if (self->abort_reason != NULL)
    return self->abort_reason;
  return self->move_error != NULL ? self->move_error : _ ("The guest was not moved.");
}

static void
bv_migration_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  self->busy = FALSE;
  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    bv_migration_fail (self, explain (self));
  else
    {
      bv_migration_tell (self, "Warning", "SyncFailed", error->message);
      bv_migration_retry_later (self);
    }
}

/* libvirt left it paused in the middle. The target was not given it, and so it goes on here. */
static void
resume_here (BvMigration *self)
{
  self->busy = TRUE;
  bv_domain_act_async (self->environment->connection, BV_DOMAIN_RESUME,
                       bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self)), NULL, 0, NULL,
                       bv_migration_resumed_cb, g_object_ref (self));
}

static gboolean
was_paused_by_move (const BvMigrationSight *sight)
{
  return sight->state == BV_DOMAIN_PAUSED && sight->reason != BV_DOMAIN_REASON_USER &&
         sight->reason != BV_DOMAIN_REASON_IO_ERROR;
}

static gboolean
is_end_unknown (const BvMigrationSight *sight)
{
  return !sight->exists ||
         (sight->state == BV_DOMAIN_SHUTOFF &&
          (sight->reason == BV_DOMAIN_REASON_UNKNOWN || sight->reason == BV_DOMAIN_REASON_DAEMON ||
           sight->reason == BV_DOMAIN_REASON_FAILED));
}

/* A host that was down may have run the guest on before that, which the target's copy of it knows
 * nothing of. What is in /run tells. */
static gboolean
was_up_since (BvMigration *self)
{
  const BvVmiStatus *status = bv_vmi_runtime_get_status (bv_migration_get_vmi (self));

  return status->runtime_directory != NULL &&
         g_file_test (status->runtime_directory, G_FILE_TEST_IS_DIR);
}

static void
decide (BvMigration *self, const BvMigrationSight *sight)
{
  if (bv_migration_judge_post_copy (self, sight))
    return;
  if (sight->has_job)
    bv_migration_retry_later (self);
  else if (sight->state == BV_DOMAIN_SHUTOFF && sight->reason == BV_DOMAIN_REASON_MIGRATED)
    bv_migration_release (self);
  else if (is_end_unknown (sight) && self->given)
    bv_migration_release (self);
  else if (is_end_unknown (sight) && was_up_since (self))
    ask_target (self);
  else if (was_paused_by_move (sight) || (self->suspended && sight->state == BV_DOMAIN_PAUSED))
    resume_here (self);
  else
    bv_migration_fail (self, explain (self));
}

static void
bv_migration_judged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree BvMigrationSight *sight =
      bv_migration_call_look_finish (BV_CONNECTION (source), result, &error);

  self->busy = FALSE;
  if (sight != NULL && bv_migration_get_vmi (self) != NULL)
    decide (self, sight);
  else
    bv_migration_retry_later (self);
}

/* libvirt's answer alone does not tell: it is the domain that counts. Without libvirt it waits for
 * the next connection. */
void
bv_migration_judge (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (self->busy || self->move_called || vmi == NULL ||
      bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED)
    return;
  self->busy = TRUE;
  bv_migration_call_look_async (self->environment->connection, bv_vmi_runtime_get_domain_name (vmi),
                                bv_migration_judged_cb, g_object_ref (self));
}
