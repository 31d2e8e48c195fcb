/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-networks-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "host/network/bv-host-routes.h"
#include "model/bv-error.h"

/* KubeVirt's range, and others like it where the host uses that one already: 10.0.2.0/24 is also
 * what QEMU gives to guests without a network of their own, and this host may be one. */
#define N_CANDIDATES 255

/* Ranges. */

static gboolean
check_free (BvNetworks *self, GPtrArray *routes, const BvIpRange *range, const char *bridge,
            GError **error)
{
  const BvHostRoute *route = bv_host_routes_find (routes, range, bridge);
  g_autofree char *wanted = bv_ip_range_to_string (range);
  g_autofree char *used = NULL;

  if (route == NULL)
    return TRUE;
  used = bv_ip_range_to_string (&route->range);
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The range %s overlaps %s, which this host reaches by %s; choose another one."),
               wanted, used, route->device);
  return FALSE;
}

static gboolean
choose_candidate (GPtrArray *routes, GSocketFamily family, const char *bridge, BvIpRange *range,
                  GError **error)
{
  for (guint i = 0; i < N_CANDIDATES; i++)
    {
      g_autofree char *text = family == G_SOCKET_FAMILY_IPV4
                                  ? g_strdup_printf ("10.%u.2.0/24", i)
                                  : g_strdup_printf ("fd10:%x:2::/120", i);

      if (bv_ip_range_parse (text, range) && bv_host_routes_find (routes, range, bridge) == NULL)
        return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("This host uses all ranges of addresses that guests usually get; set cidr in the "
                  "section network of barevirt.conf."));
  return FALSE;
}

static gboolean
choose_range (BvNetworks *self, GPtrArray *routes, const BvNetworkPlan *plan, const char *wanted,
              GSocketFamily family, BvIpRange *range, GError **error)
{
  gboolean found;

  if (wanted != NULL && wanted[0] == '\0')
    return TRUE;
  if (wanted != NULL)
    {
      if (bv_ip_range_parse (wanted, range) && range->family == family)
        return check_free (self, routes, range, plan->bridge, error);
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("“%s” is no range of addresses."),
                   wanted);
      return FALSE;
    }
  found = bv_address_book_get_range (self->book, plan->name, family, range) &&
          bv_host_routes_find (routes, range, plan->bridge) == NULL;
  return found || choose_candidate (routes, family, plan->bridge, range, error);
}

/* A network that is there keeps its ranges. */
gboolean
bv_networks_choose_ranges (BvNetworks *self, BvNetworkPlan *plan, const BvNetworkWish *wish,
                           const char *xml, GError **error)
{
  g_autoptr (GPtrArray) routes = NULL;

  if (xml[0] == '\0' || !bv_network_plan_read_ranges (xml, &plan->ipv4, &plan->ipv6))
    {
      routes = bv_host_routes_new ();
      if (!choose_range (self, routes, plan, wish->ipv4, G_SOCKET_FAMILY_IPV4, &plan->ipv4,
                         error) ||
          !choose_range (self, routes, plan, wish->ipv6, G_SOCKET_FAMILY_IPV6, &plan->ipv6, error))
        return FALSE;
    }
  bv_address_book_set_range (self->book, plan->name, &plan->ipv4);
  if (plan->ipv6.family != 0)
    bv_address_book_set_range (self->book, plan->name, &plan->ipv6);
  return TRUE;
}

/* Addresses. */

static GHashTable *
collect_taken (BvNetworks *self)
{
  GHashTable *taken = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_hash_table_add (taken, ((Plug *)value)->guest->mac);
  return taken;
}

void
bv_networks_expect (BvNetworks *self, const char *mac, const char *const *addresses)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->addresses_lock);

  if (addresses != NULL)
    g_hash_table_replace (self->expected, g_strdup (mac), g_strdupv ((char **)addresses));
  else
    g_hash_table_remove (self->expected, mac);
}

/* The first of FAMILY with which the guest comes, or NULL. */
static char *
find_expected (BvNetworks *self, const char *mac, GSocketFamily family)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->addresses_lock);
  GStrv addresses = g_hash_table_lookup (self->expected, mac);

  for (guint i = 0; addresses != NULL && addresses[i] != NULL; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (addresses[i]);

      if (address != NULL && g_inet_address_get_family (address) == family)
        return g_strdup (addresses[i]);
    }
  return NULL;
}

static char *
reserve_address (BvNetworks *self, const BvNetworkPlan *plan, const char *mac,
                 const BvIpRange *range, GError **error)
{
  g_autoptr (GHashTable) taken = collect_taken (self);
  g_autofree char *expected = find_expected (self, mac, range->family);

  if (expected != NULL &&
      !bv_address_book_take (self->book, plan->name, mac, range, taken, expected, error))
    return NULL;
  return bv_address_book_reserve (self->book, plan->name, mac, range, taken, error);
}

gboolean
bv_networks_reserve_addresses (BvNetworks *self, const BvNetworkPlan *plan, BvRulesetGuest *guest,
                               GError **error)
{
  guest->ipv4 = reserve_address (self, plan, guest->mac, &plan->ipv4, error);
  if (guest->ipv4 == NULL)
    return FALSE;
  if (plan->ipv6.family != 0)
    {
      guest->ipv6 = reserve_address (self, plan, guest->mac, &plan->ipv6, error);
      if (guest->ipv6 == NULL)
        return FALSE;
    }
  return bv_address_book_save (self->book, error);
}

GStrv
bv_networks_dup_addresses (BvNetworks *self, const char *mac)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->addresses_lock);

  return g_strdupv (g_hash_table_lookup (self->addresses, mac));
}

void
bv_networks_note_addresses (BvNetworks *self, const BvRulesetGuest *guest)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->addresses_lock);
  const char *const addresses[] = { guest->ipv4, guest->ipv6, NULL };

  if (guest->ipv4 != NULL)
    g_hash_table_replace (self->addresses, g_strdup (guest->mac), g_strdupv ((char **)addresses));
}

void
bv_networks_forget_addresses (BvNetworks *self, const char *mac)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->addresses_lock);

  g_hash_table_remove (self->addresses, mac);
}

char *
bv_networks_build_hosts_path (BvNetworks *self, const char *network)
{
  return g_build_filename (self->runtime_directory, network, NULL);
}

/* dnsmasq's user reads it. */
gboolean
bv_networks_write_hosts (BvNetworks *self, const char *network, GError **error)
{
  g_autofree char *path = bv_networks_build_hosts_path (self, network);
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Plug *plug = value;

      if (g_strcmp0 (plug->network, network) == 0 && plug->guest->ipv6 != NULL)
        g_string_append_printf (text, "%s,[%s]\n", plug->guest->mac, plug->guest->ipv6);
    }
  if (g_mkdir_with_parents (self->runtime_directory, 0755) != 0 ||
      g_chmod (self->runtime_directory, 0755) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   self->runtime_directory, g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents_full (path, text->str, (gssize)text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0644, error) &&
         g_chmod (path, 0644) == 0;
}
