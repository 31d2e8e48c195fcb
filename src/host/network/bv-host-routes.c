/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-host-routes.h"

#include <stdio.h>
#include <string.h>

#define DEVICE_LENGTH 15

static void
route_free (BvHostRoute *self)
{
  g_free (self->device);
  g_free (self);
}

static void
add_route (GPtrArray *routes, const BvIpRange *range, const char *device)
{
  BvHostRoute *route;

  if (range->length == 0)
    return;
  route = g_new0 (BvHostRoute, 1);
  route->range = *range;
  route->device = g_strdup (device);
  g_ptr_array_add (routes, route);
}

/* A line of /proc/net/route; its numbers are as they are in memory. */
static void
read_ipv4 (GPtrArray *routes, const char *line)
{
  BvIpRange range = { .family = G_SOCKET_FAMILY_IPV4 };
  char device[DEVICE_LENGTH + 1];
  guint32 destination, mask;

  if (sscanf (line, "%15s %x %*x %*x %*d %*d %*d %x", device, &destination, &mask) != 3)
    return;
  memcpy (range.bytes, &destination, sizeof destination);
  range.length = (guint)__builtin_popcount (mask);
  add_route (routes, &range, device);
}

/* A line of /proc/net/ipv6_route. Those to what is a link's own or everybody's are on each link. */
static void
read_ipv6 (GPtrArray *routes, const char *line)
{
  BvIpRange range = { .family = G_SOCKET_FAMILY_IPV6 };
  char device[DEVICE_LENGTH + 1];

  for (guint i = 0; i < 16; i++)
    if (sscanf (line + 2 * i, "%2hhx", &range.bytes[i]) != 1)
      return;
  if (sscanf (line + 32, " %x %*s %*x %*s %*x %*x %*x %*x %15s", &range.length, device) != 2)
    return;
  if (range.bytes[0] == 0xff || (range.bytes[0] == 0xfe && range.bytes[1] == 0x80) ||
      g_str_equal (device, "lo"))
    return;
  add_route (routes, &range, device);
}

static void
read_lines (GPtrArray *routes, const char *text, gsize least,
            void (*read) (GPtrArray *, const char *))
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strlen (lines[i]) >= least)
      read (routes, lines[i]);
}

GPtrArray *
bv_host_routes_new_from_text (const char *ipv4, const char *ipv6)
{
  GPtrArray *routes = g_ptr_array_new_with_free_func ((GDestroyNotify)route_free);

  if (ipv4 != NULL)
    read_lines (routes, ipv4, 1, read_ipv4);
  if (ipv6 != NULL)
    read_lines (routes, ipv6, 32, read_ipv6);
  return routes;
}

/* A kernel without IPv6 has no such file. */
GPtrArray *
bv_host_routes_new (void)
{
  g_autofree char *ipv4 = NULL;
  g_autofree char *ipv6 = NULL;

  if (!g_file_get_contents ("/proc/net/route", &ipv4, NULL, NULL))
    ipv4 = NULL;
  if (!g_file_get_contents ("/proc/net/ipv6_route", &ipv6, NULL, NULL))
    ipv6 = NULL;
  return bv_host_routes_new_from_text (ipv4, ipv6);
}

const BvHostRoute *
bv_host_routes_find (GPtrArray *routes, const BvIpRange *range, const char *own_device)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const BvHostRoute *route = g_ptr_array_index (routes, i);

      if (g_strcmp0 (route->device, own_device) != 0 && bv_ip_range_overlaps (&route->range, range))
        return route;
    }
  return NULL;
}
