/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-cidr.h"

#include <string.h>

/* FALSE where TEXT is not an address, a slash and the length of a prefix. */
gboolean
bv_cidr_parse (const char *text, BvCidr *cidr)
{
  const char *slash = strchr (text, '/');
  g_autofree char *address = NULL;
  g_autoptr (GInetAddress) parsed = NULL;
  guint64 length;

  if (slash == NULL || !g_ascii_string_to_unsigned (slash + 1, 10, 0, 128, &length, NULL))
    return FALSE;
  address = g_strndup (text, slash - text);
  parsed = g_inet_address_new_from_string (address);
  if (parsed == NULL || length > 8 * g_inet_address_get_native_size (parsed))
    return FALSE;
  *cidr = (BvCidr){
    .family = g_inet_address_get_family (parsed),
    .length = length,
    .is_multicast = g_inet_address_get_is_multicast (parsed),
  };
  memcpy (cidr->bytes, g_inet_address_to_bytes (parsed), g_inet_address_get_native_size (parsed));
  return TRUE;
}
