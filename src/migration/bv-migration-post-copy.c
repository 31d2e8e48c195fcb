/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/domain/bv-domain.h"

/* Post-copy: the guest goes on at the target before all of its memory is there.
 *
 * libvirt has no post-copy for a guest that arrives paused, and where it does not, the end of a
 * move that is not by post-copy can leave two that run. So the move begins as all do. Only when it
 * is to be switched it is ended, and begun anew: not paused at its end, but so slow that it cannot
 * come to that end before it is switched, which is at once. From the switch on neither QEMU nor
 * libvirt lets the guest go on here, whatever breaks. */

#define CALL_SECONDS 10

/* A new connection is tried so often, where nothing comes through the old one. */
#define RESUME_USEC (15 * G_USEC_PER_SEC)

void
bv_migration_keep_order (BvMigration *self, const BvMigrationOrder *order)
{
  gboolean possible = FALSE;

  g_clear_pointer (&self->again, bv_migration_order_free);
  g_variant_lookup (self->answer, "post-copy", "b", &possible);
  if (possible && self->config->allow_post_copy && order->copied_disks == NULL)
    self->again = bv_migration_order_copy (order);
}

static void
end_switch (BvMigration *self, gboolean success)
{
  g_auto (BvMigrationDecision) decision = self->switch_decision;

  self->switch_decision = (BvMigrationDecision){ BV_MIGRATION_NOTHING };
  if (self->monitor != NULL && decision.action != BV_MIGRATION_NOTHING)
    bv_migration_monitor_done (self->monitor, &decision, success, g_get_monotonic_time ());
  bv_migration_notify (self);
}

static void
bv_migration_given_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_migration_call_finish (BV_CONNECTION (source), result, &error))
    return;
  /* It may be over since. */
  g_debug ("%s", error->message);
  self->switching = FALSE;
  end_switch (self, FALSE);
}

void
bv_migration_begin_switch (BvMigration *self, BvMigrationDecision decision)
{
  const char *domain = bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self));

  bv_migration_decision_clear (&self->switch_decision);
  self->switch_decision = decision;
  self->switching = TRUE;
  bv_migration_call_abort_async (self->environment->connection, domain, bv_migration_given_up_cb,
                                 g_object_ref (self));
}

static void
bv_migration_switched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  self->switch_called = FALSE;
  self->switched = bv_migration_call_finish (BV_CONNECTION (source), result, &error);
  /* QEMU may not be so far; the next look tries again. */
  if (self->switched)
    end_switch (self, TRUE);
  else
    g_debug ("%s", error->message);
}

void
bv_migration_switch (BvMigration *self)
{
  const char *domain;

  if (!self->sight->has_job || self->sight->total == 0 || self->sight->state != BV_DOMAIN_RUNNING ||
      self->switched || self->switch_called || bv_migration_get_vmi (self) == NULL)
    return;
  domain = bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self));
  self->switch_called = TRUE;
  bv_migration_call_help_async (self->environment->connection, domain, BV_MIGRATION_START_POST_COPY,
                                0, bv_migration_switched_cb, g_object_ref (self));
}

/* That the guest may go on there before this host gives it away is on record first. */
static void
move_again (BvMigration *self)
{
  BvMigrationOrder *order = g_steal_pointer (&self->again);

  order->post_copy = TRUE;
  self->switching = FALSE;
  self->record->post_copy = TRUE;
  bv_migration_send (self, order);
}

static void
resume (BvMigration *self)
{
  const BvRemoteHost *host = bv_config_find_host (self->environment->config, self->record->target);
  BvMigrationOrder *order;

  if (host == NULL || bv_migration_get_vmi (self) == NULL ||
      (self->config == NULL && !bv_migration_take_config (self, NULL)))
    {
      bv_migration_retry_later (self);
      return;
    }
  order = bv_migration_make_order (self, host);
  order->post_copy = TRUE;
  order->resume = TRUE;
  bv_migration_send (self, order);
}

static void
bv_migration_destroyed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  self->busy = FALSE;
  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error) ||
      g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND) ||
      g_error_matches (error, BV_ERROR, BV_ERROR_NOT_RUNNING))
    {
      if (self->whole)
        bv_migration_release (self);
      else
        bv_migration_fail (self, self->abort_reason);
      return;
    }
  bv_migration_tell (self, "Warning", "SyncFailed", error->message);
  bv_migration_retry_later (self);
}

/* It cannot go on here any more. */
static void
destroy (BvMigration *self)
{
  self->busy = TRUE;
  bv_domain_act_async (self->environment->connection, BV_DOMAIN_DESTROY,
                       bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self)), NULL, 0, NULL,
                       bv_migration_destroyed_cb, g_object_ref (self));
}

void
bv_migration_give_up (BvMigration *self, const char *why)
{
  if (bv_migration_get_vmi (self) == NULL)
    {
      bv_migration_fail (self, why);
      return;
    }
  g_free (self->abort_reason);
  self->abort_reason = g_strdup (why);
  destroy (self);
}

/* QEMU's connection may have outlived the break: then it goes on by itself, which another attempt
 * would only disturb. */
static gboolean
is_stalled (BvMigration *self)
{
  gint64 now = g_get_monotonic_time ();
  guint64 sent = self->sight != NULL ? self->sight->processed : 0;

  if (sent != self->sent || self->resumed_at == 0)
    {
      self->sent = sent;
      self->resumed_at = now;
    }
  if (now - self->resumed_at < RESUME_USEC)
    return FALSE;
  self->resumed_at = now;
  return TRUE;
}

static void
bv_migration_asked_for_rest_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bv_remote_call_finish (BV_REMOTE (source), result, &error);
  g_autoptr (GVariant) state = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  gboolean exists = FALSE;

  self->busy = FALSE;
  if (state != NULL)
    g_variant_lookup (state, "received", "b", &self->whole);
  if (state == NULL || !g_variant_lookup (state, "exists", "b", &exists) ||
      bv_migration_get_vmi (self) == NULL)
    bv_migration_retry_later (self);
  else if (self->whole)
    destroy (self);
  else if (exists && is_stalled (self))
    resume (self);
  else if (exists)
    bv_migration_retry_later (self);
  else
    bv_migration_give_up (self,
                          _ ("The guest ended at the target before all of its memory was there, "
                             "and is lost."));
}

/* Neither host has all of the guest. While both have their part of it, it can be whole again: by
 * itself, if QEMU's connection has outlived the break, or by another. */
static void
recover (BvMigration *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *doubt = g_strdup_printf (
      _ ("The connection to the host %s broke while the guest went on there without "
         "all of its memory. It stands still where it needs the rest, until the "
         "link is back. If that host is lost, the guest is: “barevirt migration "
         "resolve” ends it then."),
      self->record->target);

  bv_migration_set_doubt (self, doubt);
  if (!bv_migration_ensure_remote (self, &error))
    {
      bv_migration_retry_later (self);
      return;
    }
  self->busy = TRUE;
  bv_remote_call_async (
      self->remote, "GetState",
      g_variant_new ("(sa{sv})", bv_object_get_uid (bv_entry_get_object (self->entry)), NULL),
      "(a{sv})", CALL_SECONDS, NULL, bv_migration_asked_for_rest_cb, g_object_ref (self));
}

gboolean
bv_migration_judge_post_copy (BvMigration *self, const BvMigrationSight *sight)
{
  gboolean paused = sight->state == BV_DOMAIN_PAUSED;

  if (paused && sight->reason == BV_DOMAIN_REASON_POSTCOPY_FAILED)
    recover (self);
  else if (paused && sight->reason == BV_DOMAIN_REASON_POSTCOPY)
    bv_migration_retry_later (self);
  else if (self->switching && !self->record->cancelled && !sight->has_job &&
           sight->state == BV_DOMAIN_RUNNING)
    move_again (self);
  else
    {
      self->switching = FALSE;
      /* Not switched: it runs here as before. */
      if (sight->state == BV_DOMAIN_RUNNING && !sight->has_job)
        self->record->post_copy = FALSE;
      return FALSE;
    }
  return TRUE;
}
