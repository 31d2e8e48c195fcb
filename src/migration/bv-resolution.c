/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-resolution.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* So many characters that nobody says the right ones who has not read them. */
#define PROOF_LENGTH 8

static const char *const kinds[] = {
  [BV_PROOF_RELEASED] = "released",
  [BV_PROOF_REJECTED] = "rejected",
};

/* Both hosts can make it, without having talked to each other since. */
char *
bv_resolution_make_proof (const char *uid, BvProof kind)
{
  g_autofree char *text = g_strdup_printf ("%s %s", kinds[kind], uid);
  char *word = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  word[PROOF_LENGTH] = '\0';
  return word;
}

char *
bv_resolution_make_command (const char *uid, BvProof kind, const char *vm, const char *owner)
{
  g_autofree char *proof = bv_resolution_make_proof (uid, kind);

  return g_strdup_printf ("“barevirt migration resolve %s --owner %s --proof %s”", vm, owner,
                          proof);
}

gboolean
bv_resolution_check_owner (const BvResolution *self, const BvMigrationRecord *record,
                           GError **error)
{
  if (g_strcmp0 (self->owner, record->source) == 0 || g_strcmp0 (self->owner, record->target) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("The owner is %s or %s, not %s."),
               record->source, record->target, self->owner);
  return FALSE;
}

gboolean
bv_resolution_check_proof (const BvResolution *self, const char *uid, BvProof kind,
                           const char *refusal, GError **error)
{
  g_autofree char *expected = bv_resolution_make_proof (uid, kind);

  if (self->force || g_strcmp0 (self->proof, expected) == 0)
    return TRUE;
  if (self->proof != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” is not the word of the other host. %s"), self->proof, refusal);
  else
    g_set_error_literal (error, BV_ERROR, BV_ERROR_CONFLICT, refusal);
  return FALSE;
}
