/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-skopeo-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

/* Words of skopeo's or the registry's, and what they mean; the first that are found count. */
static const struct
{
  const char *words;
  const char *advice;
} meanings[] = {
  { "no space left on device", N_ ("The file system of the cache is full; make room on it.") },
  { "manifest unknown", N_ ("The registry has no such tag or digest of it.") },
  { "name unknown", N_ ("The registry has no image of that name.") },
  { "unauthorized", N_ ("The registry wants other credentials; name the Secret that holds them as "
                        "imagePullSecret.") },
  { "authentication required", N_ ("The registry wants credentials; name the Secret that holds "
                                   "them as imagePullSecret.") },
  { "HTTP response to HTTPS client",
    N_ ("The registry speaks plain HTTP. Where that will do, set insecure=yes in a section "
        "[registry HOST] of barevirt.conf.") },
  { "x509:", N_ ("The certificate of the registry is not trusted on this host.") },
  { "igest did not match", N_ ("What the registry sent does not have the digest that it should "
                               "have, and was thrown away.") },
  { "connection refused", N_ ("The registry does not answer.") },
  { "no such host", N_ ("There is no host of that name.") },
};

/* skopeo logs "time=… level=fatal msg="…"", quoted as Go quotes. */
static char *
get_text (const char *message)
{
  const char *start = g_strrstr (message, "level=fatal msg=\"");
  g_autofree char *text = NULL;
  char *end;

  if (start == NULL)
    return g_strdup (message);
  text = g_strdup (start + strlen ("level=fatal msg=\""));
  end = strrchr (text, '"');
  if (end != NULL)
    *end = '\0';
  return g_strcompress (text);
}

void
bv_skopeo_error_propagate (GError **error, GError *failure)
{
  g_autoptr (GError) owned = failure;
  g_autofree char *text = NULL;
  g_autofree char *valid = NULL;

  if (!g_error_matches (failure, BV_ERROR, BV_ERROR_FAILED))
    {
      g_propagate_error (error, g_steal_pointer (&owned));
      return;
    }
  text = get_text (failure->message);
  valid = g_utf8_make_valid (text, -1);
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (strstr (valid, meanings[i].words) != NULL)
      {
        g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE, "%s (skopeo: %s)",
                     _ (meanings[i].advice), valid);
        return;
      }
  g_set_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE, "skopeo: %s", valid);
}
