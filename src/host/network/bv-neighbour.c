/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/network/bv-netlink.h"

#define DISCARD_PORT 9
#define PART_SIZE (64 * 1024)

/* Of one host, and nothing that only one link knows. */
static gboolean
is_askable (GInetAddress *address)
{
  return !g_inet_address_get_is_loopback (address) && !g_inet_address_get_is_any (address) &&
         !g_inet_address_get_is_multicast (address) && !g_inet_address_get_is_link_local (address);
}

/**
 * bv_neighbour_solicit:
 * @text: an address that may be anybody's
 *
 * Has the kernel find out who on this host's links has it, for its table of neighbours: by an empty
 * datagram that is discarded, and that no router sees.
 *
 * Returns: whether that was tried
 */
gboolean
bv_neighbour_solicit (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  g_autoptr (GSocketAddress) target = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  if (address == NULL || !is_askable (address))
    return FALSE;
  socket = g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_DATAGRAM,
                         G_SOCKET_PROTOCOL_UDP, NULL);
  if (socket == NULL || !g_socket_set_option (socket, SOL_SOCKET, SO_DONTROUTE, 1, NULL))
    return FALSE;
  target = g_inet_socket_address_new (address, DISCARD_PORT);
  g_socket_set_blocking (socket, FALSE);
  if (g_socket_send_to (socket, target, "", 0, NULL, &error) < 0)
    g_debug ("%s: %s", text, error->message);
  return TRUE;
}

/* An address in the subnet of one of the device's own: else the way to it is another. */
static gboolean
is_on_link (const struct ifaddrs *own, guint device, int family, const guint8 *bytes)
{
  gsize offset = family == AF_INET ? offsetof (struct sockaddr_in, sin_addr)
                                   : offsetof (struct sockaddr_in6, sin6_addr);
  gsize size = family == AF_INET ? sizeof (struct in_addr) : sizeof (struct in6_addr);
  const guint8 *address, *mask;
  gsize n = 0;

  for (; own != NULL && n < size; own = own->ifa_next)
    {
      if (own->ifa_addr == NULL || own->ifa_netmask == NULL || own->ifa_addr->sa_family != family ||
          if_nametoindex (own->ifa_name) != device)
        continue;
      address = (const guint8 *)own->ifa_addr + offset;
      mask = (const guint8 *)own->ifa_netmask + offset;
      for (n = 0; n < size && ((address[n] ^ bytes[n]) & mask[n]) == 0; n++)
        ;
    }
  return n == size;
}

/* Appends it to those of MAC. */
static void
add_address (GHashTable *addresses, const char *mac, const char *address)
{
  GStrv before = g_hash_table_lookup (addresses, mac);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (before != NULL)
    g_strv_builder_addv (builder, (const char **)before);
  g_strv_builder_add (builder, address);
  g_hash_table_replace (addresses, g_strdup (mac), g_strv_builder_end (builder));
}

static void
take_neighbour (const struct nlmsghdr *header, const struct ifaddrs *own, const char *const *macs,
                GHashTable *addresses)
{
  const struct ndmsg *entry = NLMSG_DATA (header);
  const guint8 *found[NDA_MAX + 1] = { NULL };
  gsize size = entry->ndm_family == AF_INET ? sizeof (struct in_addr) : sizeof (struct in6_addr);
  int left = (int)NLMSG_PAYLOAD (header, sizeof *entry);
  char text[INET6_ADDRSTRLEN];
  g_autofree char *mac = NULL;

  for (struct rtattr *next = (struct rtattr *)((guint8 *)entry + NLMSG_ALIGN (sizeof *entry));
       RTA_OK (next, left); next = RTA_NEXT (next, left))
    if ((next->rta_type == NDA_DST && RTA_PAYLOAD (next) == size) ||
        (next->rta_type == NDA_LLADDR && RTA_PAYLOAD (next) == ETH_ALEN))
      found[next->rta_type] = RTA_DATA (next);
  if (found[NDA_DST] == NULL || found[NDA_LLADDR] == NULL ||
      (entry->ndm_state & (NUD_INCOMPLETE | NUD_FAILED | NUD_NOARP)) != 0)
    return;
  mac = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", found[NDA_LLADDR][0],
                         found[NDA_LLADDR][1], found[NDA_LLADDR][2], found[NDA_LLADDR][3],
                         found[NDA_LLADDR][4], found[NDA_LLADDR][5]);
  if (g_strv_contains (macs, mac) &&
      is_on_link (own, (guint)entry->ndm_ifindex, entry->ndm_family, found[NDA_DST]) &&
      inet_ntop (entry->ndm_family, found[NDA_DST], text, sizeof text) != NULL)
    add_address (addresses, mac, text);
}

/* Returns whether more is to come. */
static gboolean
take_part (int fd, const struct ifaddrs *own, const char *const *macs, GHashTable *addresses)
{
  g_autofree guint8 *part = g_malloc (PART_SIZE);
  gssize size = recv (fd, part, PART_SIZE, 0);
  gboolean more = size > 0;
  int left = (int)size;

  for (struct nlmsghdr *header = (struct nlmsghdr *)part; more && NLMSG_OK (header, left);
       header = NLMSG_NEXT (header, left))
    if (header->nlmsg_type == RTM_NEWNEIGH)
      take_neighbour (header, own, macs, addresses);
    else if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
      more = FALSE;
  return more;
}

/**
 * bv_neighbours_read:
 * @macs: MAC addresses, in small letters
 * @addresses: MAC address -> GStrv; gets those that the host's table of neighbours has of @macs, on
 *   the links that lead to them
 *
 * libvirt 9.0 cannot read the table as kernels from 6.9 on write it.
 */
void
bv_neighbours_read (const char *const *macs, GHashTable *addresses)
{
  const struct ndmsg all = { .ndm_family = AF_UNSPEC };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct ifaddrs *own = NULL;
  BvNetlinkRequest request;

  bv_netlink_request_init (&request, RTM_GETNEIGH, NLM_F_DUMP, &all, sizeof all);
  if (fd >= 0 && getifaddrs (&own) == 0 && send (fd, &request, request.header.nlmsg_len, 0) > 0)
    while (take_part (fd, own, macs, addresses))
      ;
  else
    g_warning ("The table of neighbours cannot be read: %s", g_strerror (errno));
  if (own != NULL)
    freeifaddrs (own);
  if (fd >= 0)
    close (fd);
}
