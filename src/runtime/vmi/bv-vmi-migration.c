/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

/* What a migration does to a VMI's life: while it is under way, it alone tells what the state of
 * the domain means. */

void
bv_vmi_runtime_prepare_departure (BvVmiRuntime *self)
{
  self->departing = TRUE;
}

void
bv_vmi_runtime_hold (BvVmiRuntime *self, const char *migration)
{
  self->departing = migration != NULL;
  if (g_strcmp0 (self->status->migration, migration) == 0)
    return;
  g_free (self->status->migration);
  self->status->migration = g_strdup (migration);
  if (migration != NULL)
    {
      g_free (self->status->last_migration);
      self->status->last_migration = g_strdup (migration);
    }
  bv_vmi_runtime_update_probes (self);
  bv_vmi_runtime_notify (self);
}

/* Its newest migration is over, and the guest is here. */
void
bv_vmi_runtime_migration_ended (BvVmiRuntime *self)
{
  if (self->clock != NULL)
    bv_guest_clock_set (self->clock);
  bv_vmi_runtime_notify (self);
}

gboolean
bv_vmi_runtime_is_migrating (BvVmiRuntime *self)
{
  return self->status->migration != NULL;
}

static void
bv_vmi_runtime_seen_again_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvDomainInfo) info =
      bv_vmi_runtime_refresh_finish (self, result, BV_CONNECTION (source), &error);

  /* Without libvirt, the next connection brings it; at the end of another migration, that does. */
  if (error != NULL || bv_vmi_runtime_is_migrating (self))
    return;
  bv_vmi_runtime_take_info (self, g_steal_pointer (&info), TRUE);
  /* It stood still while the guest moved. */
  if (self->clock != NULL)
    bv_guest_clock_set (self->clock);
  if (self->status->stopping)
    bv_vmi_runtime_continue_stop (self);
  else if (!bv_vmi_status_is_final (self->status) &&
           (self->info == NULL || !bv_domain_state_is_active (self->info->state)))
    {
      bv_vmi_runtime_set_phase (self, BV_PHASE_FAILED, "MigrationFailed");
      bv_vmi_runtime_clean_up (self);
    }
  /* What could not change meanwhile. */
  bv_vmi_runtime_update_live (self);
}

void
bv_vmi_runtime_see_again (BvVmiRuntime *self)
{
  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_vmi_runtime_seen_again_cb, g_object_ref (self));
}

void
bv_vmi_runtime_leave (BvVmiRuntime *self)
{
  self->wanted = FALSE;
  bv_vmi_runtime_drop_console (self);
  bv_vmi_runtime_drop_agent (self);
  bv_vmi_runtime_clean_up (self);
}

void
bv_vmi_runtime_tell_of_migration (BvVmiRuntime *self, const char *type, const char *reason,
                                  const char *message)
{
  bv_vmi_runtime_tell (self, type, reason, message);
}

void
bv_vmi_runtime_set_doubt (BvVmiRuntime *self, const char *doubt)
{
  gboolean changed = doubt != NULL ? bv_conditions_set (self->conditions, "HandoverUnknown", TRUE,
                                                        "HandoverUnknown", doubt)
                                   : bv_conditions_remove (self->conditions, "HandoverUnknown");

  if (changed)
    bv_vmi_runtime_notify (self);
}
