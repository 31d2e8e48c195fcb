/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-reception-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* Somebody decides by hand at the target. It may always give up what it was not given; it takes the
 * guest only where the source has released it. */

static gboolean
refuse (BvReception *self, GError **error)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (self->entry));
  g_autofree char *command = NULL;
  g_autofree char *why = NULL;

  if (self->record->stage != BV_MIGRATION_READY)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("There is nothing to resolve: it is known who owns the guest."));
      return FALSE;
    }
  command = bv_resolution_make_command (uid, BV_PROOF_REJECTED, self->record->vmi_name,
                                        self->record->source);
  why = g_strdup_printf (_ ("An operator said that the host %s keeps the guest. If that waits for "
                            "this host's word, and the link is cut, say there %s."),
                         self->record->source, command);
  bv_reception_reject_async (self, why, NULL, NULL);
  return TRUE;
}

static gboolean
take (BvReception *self, const BvResolution *resolution, GError **error)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (self->entry));
  g_autofree char *refusal = g_strdup_printf (
      _ ("This host has no word that the host %s gave the guest away: it may run there. Where it "
         "was "
         "given away, that host says so, and by which --proof. If that host is off and stays off, "
         "say --force."),
      self->record->source);

  if (self->doubt == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("There is nothing to resolve: it is known who owns the guest."));
      return FALSE;
    }
  if (!bv_resolution_check_proof (resolution, uid, BV_PROOF_RELEASED, refusal, error))
    return FALSE;
  bv_reception_accept_async (self, NULL, NULL);
  return TRUE;
}

gboolean
bv_reception_resolve (BvReception *self, const BvResolution *resolution, GError **error)
{
  if (!bv_resolution_check_owner (resolution, self->record, error))
    return FALSE;
  if (g_str_equal (resolution->owner, self->record->source))
    return refuse (self, error);
  return take (self, resolution, error);
}
