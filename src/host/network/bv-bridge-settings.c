/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-bridge-settings.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/bv-error.h"

/* What sysctl calls net.ipv4.conf.BRIDGE, set by netlink: the service sees /proc/sys read-only. */

typedef struct
{
  struct nlmsghdr header;
  struct ifinfomsg link;
  guint8 attributes[128];
} Request;

static struct rtattr *
begin (Request *self, gushort type)
{
  struct rtattr *attribute =
      (struct rtattr *)((guint8 *)self + NLMSG_ALIGN (self->header.nlmsg_len));

  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH (0);
  self->header.nlmsg_len = NLMSG_ALIGN (self->header.nlmsg_len) + RTA_LENGTH (0);
  return attribute;
}

static void
end (Request *self, struct rtattr *attribute)
{
  guint8 *last = (guint8 *)self + self->header.nlmsg_len;

  attribute->rta_len = (gushort)(last - (guint8 *)attribute);
}

static void
add_setting (Request *self, gushort setting, guint32 value)
{
  struct rtattr *attribute = begin (self, setting);

  memcpy (RTA_DATA (attribute), &value, sizeof value);
  self->header.nlmsg_len += sizeof value;
  end (self, attribute);
}

static void
fill (Request *self, guint index, gboolean published)
{
  struct rtattr *spec, *family, *settings;

  self->header.nlmsg_len = NLMSG_LENGTH (sizeof self->link);
  self->header.nlmsg_type = RTM_SETLINK;
  self->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  self->link.ifi_index = (int)index;
  spec = begin (self, IFLA_AF_SPEC);
  family = begin (self, AF_INET);
  settings = begin (self, IFLA_INET_CONF);
  add_setting (self, IPV4_DEVCONF_PROXY_ARP_PVLAN, 1);
  add_setting (self, IPV4_DEVCONF_SEND_REDIRECTS, 0);
  add_setting (self, IPV4_DEVCONF_ROUTE_LOCALNET, published);
  end (self, settings);
  end (self, family);
  end (self, spec);
}

/* 0 where there is no such device. */
static guint
find_index (const char *bridge)
{
  g_autofree char *path = g_build_filename ("/sys/class/net", bridge, "ifindex", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (guint)g_ascii_strtoull (text, NULL, 10)
                                                       : 0;
}

/* 0, or the number of an error. */
static int
exchange (const struct nlmsghdr *request)
{
  struct
  {
    struct nlmsghdr header;
    struct nlmsgerr error;
    guint8 rest[256];
  } reply;
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int result = 0;

  if (fd < 0)
    return errno;
  if (send (fd, request, request->nlmsg_len, 0) < 0 ||
      recv (fd, &reply, sizeof reply, 0) < (gssize)NLMSG_LENGTH (sizeof reply.error))
    result = errno != 0 ? errno : EIO;
  else if (reply.header.nlmsg_type == NLMSG_ERROR)
    result = -reply.error.error;
  close (fd);
  return result;
}

gboolean
bv_bridge_settings_apply (const char *bridge, gboolean published, GError **error)
{
  Request request = { 0 };
  guint index = find_index (bridge);
  int result = ENODEV;

  if (index != 0)
    {
      fill (&request, index, published);
      result = exchange (&request.header);
    }
  if (result == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The bridge %s cannot be set up: %s."), bridge,
               g_strerror (result));
  return FALSE;
}

gboolean
bv_bridge_settings_allow_answers (const char *bridge, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/sys/net/ipv6/conf/%s/proxy_ndp", bridge);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written = fd >= 0 && write (fd, "1", 1) == 1;

  if (!written)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be set to 1: %s."), path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return written;
}

typedef struct
{
  struct nlmsghdr header;
  struct ndmsg neighbour;
  struct rtattr attribute;
  guint8 address[16];
} NeighbourRequest;

gboolean
bv_bridge_settings_answer_for (const char *bridge, const char *ipv6, gboolean answer,
                               GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (ipv6);
  NeighbourRequest request = { 0 };
  int result;

  g_return_val_if_fail (
      address != NULL && g_inet_address_get_native_size (address) == sizeof request.address, FALSE);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = answer ? RTM_NEWNEIGH : RTM_DELNEIGH;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (answer ? NLM_F_CREATE : 0);
  request.neighbour.ndm_family = AF_INET6;
  request.neighbour.ndm_ifindex = (int)find_index (bridge);
  request.neighbour.ndm_flags = NTF_PROXY;
  request.attribute.rta_type = NDA_DST;
  request.attribute.rta_len = RTA_LENGTH (sizeof request.address);
  memcpy (request.address, g_inet_address_to_bytes (address), sizeof request.address);
  result = request.neighbour.ndm_ifindex != 0 ? exchange (&request.header) : ENODEV;
  if (result == 0 || (!answer && (result == ENOENT || result == ENODEV)))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The host cannot answer for the address %s on the bridge %s: %s."), ipv6, bridge,
               g_strerror (result));
  return FALSE;
}
