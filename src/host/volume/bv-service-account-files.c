/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-kinds.h"

/* serviceAccount: the namespace, and the token of a Secret that the account names; a host issues
 * none. */

static const char *const keys[] = { "token", "ca.crt" };

static gboolean
add_token (const BvApiSecret *secret, GPtrArray *files, gboolean *added, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GBytes) contents = bv_secret_get_value (secret, keys[i]);

      if (contents == NULL)
        continue;
      if (!bv_volume_files_add (files, keys[i], contents, 0644, error))
        return FALSE;
      *added = TRUE;
    }
  return TRUE;
}

gboolean
bv_service_account_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                            const char **label, GError **error)
{
  const BvApiServiceAccount *account = bv_volume_objects_get_record (
      work->objects, "ServiceAccount", volume->service_account->service_account_name, error);
  gboolean added = FALSE;

  if (account == NULL)
    return FALSE;
  for (guint i = 0; i < account->n_secrets && !added; i++)
    {
      const BvApiSecret *secret =
          bv_volume_objects_get_record (work->objects, "Secret", account->secrets[i]->name, error);

      if (secret == NULL || !add_token (secret, files, &added, error))
        return FALSE;
    }
  return bv_volume_files_add_text (files, "namespace",
                                   bv_object_get_namespace (BV_OBJECT (work->vmi)), 0644, error);
}
