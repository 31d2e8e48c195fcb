/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-bridge-settings.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/network/bv-netlink.h"
#include "model/bv-error.h"

/* What sysctl calls net.ipv4.conf.BRIDGE, set by netlink: the service sees /proc/sys read-only. */

static void
add_setting (BvNetlinkRequest *request, gushort setting, guint32 value)
{
  bv_netlink_request_add (request, setting, &value, sizeof value);
}

static void
fill (BvNetlinkRequest *request, guint index, gboolean published)
{
  const struct ifinfomsg link = { .ifi_index = (int)index };
  struct rtattr *spec, *family, *settings;

  bv_netlink_request_init (request, RTM_SETLINK, 0, &link, sizeof link);
  spec = bv_netlink_request_begin (request, IFLA_AF_SPEC);
  family = bv_netlink_request_begin (request, AF_INET);
  settings = bv_netlink_request_begin (request, IFLA_INET_CONF);
  add_setting (request, IPV4_DEVCONF_PROXY_ARP_PVLAN, 1);
  add_setting (request, IPV4_DEVCONF_SEND_REDIRECTS, 0);
  add_setting (request, IPV4_DEVCONF_ROUTE_LOCALNET, published);
  bv_netlink_request_end (request, settings);
  bv_netlink_request_end (request, family);
  bv_netlink_request_end (request, spec);
}

gboolean
bv_bridge_settings_apply (const char *bridge, gboolean published, GError **error)
{
  guint index = bv_netlink_find_device (bridge);
  BvNetlinkRequest request;
  int result = ENODEV;

  if (index != 0)
    {
      fill (&request, index, published);
      result = bv_netlink_request_run (&request);
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

gboolean
bv_bridge_settings_answer_for (const char *bridge, const char *ipv6, gboolean answer,
                               GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (ipv6);
  const struct ndmsg neighbour = { .ndm_family = AF_INET6,
                                   .ndm_ifindex = (int)bv_netlink_find_device (bridge),
                                   .ndm_flags = NTF_PROXY };
  BvNetlinkRequest request;
  int result = ENODEV;

  g_return_val_if_fail (address != NULL, FALSE);
  bv_netlink_request_init (&request, answer ? RTM_NEWNEIGH : RTM_DELNEIGH,
                           answer ? NLM_F_CREATE : 0, &neighbour, sizeof neighbour);
  bv_netlink_request_add (&request, NDA_DST, g_inet_address_to_bytes (address),
                          g_inet_address_get_native_size (address));
  if (neighbour.ndm_ifindex != 0)
    result = bv_netlink_request_run (&request);
  if (result == 0 || (!answer && (result == ENOENT || result == ENODEV)))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The host cannot answer for the address %s on the bridge %s: %s."), ipv6, bridge,
               g_strerror (result));
  return FALSE;
}
