/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-text.h"

#include <glib/gi18n.h>

/* How long ago SINCE (microseconds since 1970) was, as kubectl tells it: 5s, 12m, 3h, 9d. */
char *
bv_cli_age (guint64 since)
{
  gint64 seconds = (g_get_real_time () - (gint64)since) / G_USEC_PER_SEC;

  if (since == 0)
    return g_strdup ("");
  if (seconds < 120)
    return g_strdup_printf ("%" G_GINT64_FORMAT "s", MAX (seconds, 0));
  if (seconds < 2 * 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT "m", seconds / 60);
  if (seconds < 48 * 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT "h", seconds / 3600);
  return g_strdup_printf ("%" G_GINT64_FORMAT "d", seconds / 86400);
}

/* WHEN (microseconds since 1970) as ISO 8601 in UTC. */
char *
bv_cli_time (guint64 when)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (when / G_USEC_PER_SEC);

  return when == 0 || time == NULL ? g_strdup ("")
                                   : g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

/* The member KEY of an a{sv} as a text; times as ISO 8601. */
char *
bv_cli_dict_text (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  if (value == NULL)
    return g_strdup ("");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return bv_cli_time (g_variant_get_uint64 (value));
  return g_variant_print (value, FALSE);
}
