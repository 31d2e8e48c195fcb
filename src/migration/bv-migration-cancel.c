/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* The guest is to stay. That holds until it is given away, whatever libvirt makes of it at first.
 */

gboolean
bv_migration_was_cancelled (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  return self->record->cancelled || vmi == NULL || bv_vmi_runtime_get_status (vmi)->stopping;
}

static void
bv_migration_aborted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvMigration) self = user_data;
  g_autoptr (GError) error = NULL;

  self->aborting = FALSE;
  if (!bv_migration_call_finish (BV_CONNECTION (source), result, &error))
    g_debug ("%s", error->message); /* it is told again while it moves */
}

void
bv_migration_abort (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (vmi == NULL || self->aborting)
    return;
  self->aborting = TRUE;
  bv_migration_call_abort_async (self->environment->connection,
                                 bv_vmi_runtime_get_domain_name (vmi), bv_migration_aborted_cb,
                                 g_object_ref (self));
}

gboolean
bv_migration_cancel (BvMigration *self, GError **error)
{
  if (self->record->stage >= BV_MIGRATION_RELEASED || self->record->post_copy)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("The migration %s is over, or too far to be cancelled: the guest goes "
                      "to the host %s."),
                   bv_object_get_name (bv_entry_get_object (self->entry)),
                   self->record->target != NULL ? self->record->target : "");
      return FALSE;
    }
  self->record->cancelled = TRUE;
  g_cancellable_cancel (self->preparing);
  if (self->record->stage == BV_MIGRATION_MOVING)
    {
      bv_migration_store (self, NULL); /* so that it holds for a service that is started anew */
      bv_migration_abort (self);
    }
  return TRUE;
}
