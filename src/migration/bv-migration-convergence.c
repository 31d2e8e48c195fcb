/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-migration-monitor.h"
#include "model/bv-vmi-private.h"

/* What the settings say of a move, and what the monitor does about it while it lasts. */

/* By default, and by nobody's word but that of who owns this host. */
gboolean
bv_migration_wants_tls (BvMigration *self)
{
  const BvRemoteHost *host = bv_config_find_host (self->environment->config, self->record->target);

  return !self->config->disable_tls && (host == NULL || !host->insecure);
}

gboolean
bv_migration_take_config (BvMigration *self, GError **error)
{
  const BvApiVirtualMachineInstanceMigration *migration =
      bv_object_get_record (bv_entry_get_object (self->entry));
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) overrides =
      bv_migration_config_read_annotation (migration->metadata, &local);

  g_clear_pointer (&self->config, bv_migration_config_free);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->config = bv_migration_config_resolve (
      self->environment->config, bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->vmi))),
      overrides, error);
  return self->config != NULL;
}

/* One that was under way when the service was started anew is watched by what holds now. */
static gboolean
ensure_monitor (BvMigration *self)
{
  const BvApiVirtualMachineInstanceSpec *spec;
  guint64 bytes;

  if (self->monitor != NULL)
    return TRUE;
  if (bv_migration_get_vmi (self) == NULL ||
      (self->config == NULL && !bv_migration_take_config (self, NULL)))
    return FALSE;
  spec = bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->vmi)))->spec;
  bytes = bv_migration_get_data_bytes (spec, self->copied_bytes);
  self->monitor =
      bv_migration_monitor_new (self->config, MAX (bytes, self->sight->total),
                                spec->domain->devices->n_gpus > 0, g_get_monotonic_time ());
  return TRUE;
}

typedef struct
{
  BvMigration *migration;
  BvMigrationDecision decision;
} Help;

static void
bv_migration_helped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Help *self = user_data;
  g_autoptr (BvMigration) migration = self->migration;
  g_auto (BvMigrationDecision) decision = self->decision;
  g_autoptr (GError) error = NULL;
  gboolean done = bv_migration_call_finish (BV_CONNECTION (source), result, &error);

  /* What is over needs no help. */
  if (!done && migration->record->stage == BV_MIGRATION_MOVING)
    bv_migration_tell (migration, "Warning",
                       decision.action == BV_MIGRATION_ABORT ? "AbortFailed" : "Migrating",
                       error->message);
  if (done && decision.action == BV_MIGRATION_SUSPEND)
    migration->suspended = TRUE;
  if (migration->monitor != NULL)
    bv_migration_monitor_done (migration->monitor, &decision, done, g_get_monotonic_time ());
  bv_migration_notify (migration);
}

static void
tell (BvMigration *self, const BvMigrationDecision *decision)
{
  static const char *const sentences[] = {
    [BV_MIGRATION_ABORT] = N_ ("The migration is given up."),
    [BV_MIGRATION_START_POST_COPY] =
        N_ ("The guest goes on at the target before all of its memory is there."),
    [BV_MIGRATION_SUSPEND] = N_ ("The guest is stopped until its move is complete."),
    [BV_MIGRATION_SET_DOWNTIME] = N_ ("The guest may be stopped longer at the end of its move."),
  };
  g_autofree char *message =
      g_strconcat (_ (sentences[decision->action]), " ", decision->reason, NULL);

  bv_migration_tell (self, decision->action == BV_MIGRATION_SET_DOWNTIME ? "Normal" : "Warning",
                     "Migrating", message);
}

static void
do_as_decided (BvMigration *self, BvMigrationDecision decision)
{
  const char *domain = bv_vmi_runtime_get_domain_name (bv_migration_get_vmi (self));
  Help *help;

  /* Who allows post-copy allows that the guest is stopped. */
  if (decision.action == BV_MIGRATION_START_POST_COPY && self->again == NULL)
    decision.action = BV_MIGRATION_SUSPEND;
  tell (self, &decision);
  if (decision.action == BV_MIGRATION_START_POST_COPY)
    {
      bv_migration_begin_switch (self, decision);
      return;
    }
  help = g_new0 (Help, 1);
  help->migration = g_object_ref (self);
  help->decision = decision;
  if (decision.action != BV_MIGRATION_ABORT)
    {
      bv_migration_call_help_async (self->environment->connection, domain, decision.action,
                                    decision.downtime_ms, bv_migration_helped_cb, help);
      return;
    }
  g_free (self->abort_reason);
  self->abort_reason = g_strdup (decision.reason);
  bv_migration_call_abort_async (self->environment->connection, domain, bv_migration_helped_cb,
                                 help);
}

/* Called with each look at the move. */
void
bv_migration_help (BvMigration *self)
{
  BvMigrationDecision decision;

  if (self->record->post_copy)
    {
      bv_migration_switch (self);
      return;
    }
  if (!self->sight->has_job || self->record->cancelled || !ensure_monitor (self))
    return;
  bv_migration_monitor_feed (self->monitor, &self->sight->sample, g_get_monotonic_time (),
                             &decision);
  if (decision.action != BV_MIGRATION_NOTHING)
    do_as_decided (self, decision);
}

/* KubeVirt's word for how it moves. */
const char *
bv_migration_get_mode (BvMigration *self)
{
  BvMigrationMode mode = BV_MIGRATION_PRE_COPY;

  if (self->record->post_copy)
    mode = BV_MIGRATION_POST_COPY;
  else if (self->monitor != NULL)
    mode = bv_migration_monitor_get_mode (self->monitor);
  return bv_migration_mode_to_string (mode);
}

const BvMigrationConfig *
bv_migration_get_config (BvMigration *self)
{
  return self->config;
}
