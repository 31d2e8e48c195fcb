/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-guest-addresses.h"

#include <gio/gio.h>

static gboolean
is_wanted (const BvGuestAddress *address, GSocketFamily family)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address->address);

  return parsed != NULL && g_inet_address_get_family (parsed) == family &&
         !g_inet_address_get_is_loopback (parsed) && !g_inet_address_get_is_link_local (parsed);
}

static void
add_family (const BvGuestInfo *info, GSocketFamily family, GStrvBuilder *builder)
{
  for (guint i = 0; i < info->interfaces->len; i++)
    {
      const BvGuestInterface *interface = g_ptr_array_index (info->interfaces, i);

      for (guint j = 0; j < interface->addresses->len; j++)
        {
          const BvGuestAddress *address = g_ptr_array_index (interface->addresses, j);

          if (is_wanted (address, family))
            g_strv_builder_add (builder, address->address);
        }
    }
}

GStrv
bv_guest_addresses_new (const BvGuestInfo *info)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  add_family (info, G_SOCKET_FAMILY_IPV4, builder);
  add_family (info, G_SOCKET_FAMILY_IPV6, builder);
  return g_strv_builder_end (builder);
}
