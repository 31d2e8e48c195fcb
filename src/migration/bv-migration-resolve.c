/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "runtime/domain/bv-domain.h"

/* Somebody decides by hand at the source. Before the release the guest is this host's, which needs
 * nobody's word; from then on only the target can give it back. */

static gboolean
check_known (BvMigration *self, const BvResolution *resolution, GError **error)
{
  const BvMigrationSight *sight = self->sight;

  if (self->doubt == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("There is nothing to resolve: it is known who owns the guest."));
  else if (!bv_resolution_check_owner (resolution, self->record, error))
    return FALSE;
  else if (self->move_called ||
           (self->record->stage == BV_MIGRATION_MOVING && sight != NULL && sight->has_job &&
            sight->reason != BV_DOMAIN_REASON_POSTCOPY_FAILED))
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                 _ ("libvirt still tries to move the guest. Try again when it has given up."));
  else
    return TRUE;
  return FALSE;
}

static gboolean
keep (BvMigration *self, const BvResolution *resolution, GError **error)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (self->entry));
  g_autofree char *refusal = g_strdup_printf (
      _ ("The guest was given to the host %s, on record, and only that can give it back: say there "
         "“barevirt migration resolve %s --owner %s”, and this host hears of it, or say here by "
         "--proof what it answers. If that host is off and stays off, say --force."),
      self->record->target, self->record->vmi_name, self->record->source);

  if ((self->record->stage == BV_MIGRATION_RELEASED || self->record->post_copy) &&
      !bv_resolution_check_proof (resolution, uid, BV_PROOF_REJECTED, refusal, error))
    return FALSE;
  if (self->record->post_copy)
    bv_migration_give_up (self, _ ("An operator said that this host keeps the guest."));
  else
    bv_migration_fail (self, _ ("An operator said that this host keeps the guest."));
  return TRUE;
}

/* What is not on record as given away is given away only once nothing of it is here. */
static gboolean
give (BvMigration *self, GError **error)
{
  if (self->record->stage == BV_MIGRATION_MOVING && self->sight != NULL &&
      bv_domain_state_is_active (self->sight->state))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("The guest is still here. Cancel its migration, or wait for its end."));
      return FALSE;
    }
  self->given = TRUE;
  bv_migration_reconcile (self);
  return TRUE;
}

gboolean
bv_migration_resolve (BvMigration *self, const BvResolution *resolution, GError **error)
{
  if (!check_known (self, resolution, error))
    return FALSE;
  if (g_str_equal (resolution->owner, self->record->source))
    return keep (self, resolution, error);
  return give (self, error);
}
