/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-virtual-function.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <linux/if_link.h>
#include <stdio.h>

#include "host/network/bv-netlink.h"
#include "model/bv-error.h"

/* More than any card has. */
#define MAX_FUNCTIONS 4096

void
bv_virtual_function_clear (BvVirtualFunction *self)
{
  g_free (self->card);
}

/* The PCI address that a link in sysfs leads to, or NULL. */
static char *
follow (const char *devices, const char *address, const char *name)
{
  g_autofree char *path = g_build_filename (devices, address, name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL ? g_path_get_basename (target) : NULL;
}

static char *
find_network_device (const char *devices, const char *address)
{
  g_autofree char *path = g_build_filename (devices, address, "net", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  return folder != NULL ? g_strdup (g_dir_read_name (folder)) : NULL;
}

static gboolean
find_index (const char *devices, const char *card, const char *address, guint *index)
{
  for (guint i = 0; i < MAX_FUNCTIONS; i++)
    {
      g_autofree char *name = g_strdup_printf ("virtfn%u", i);
      g_autofree char *found = follow (devices, card, name);

      if (found == NULL)
        return FALSE;
      *index = i;
      if (g_str_equal (found, address))
        return TRUE;
    }
  return FALSE;
}

gboolean
bv_virtual_function_find (BvVirtualFunction *self, const char *devices, const char *address,
                          GError **error)
{
  g_autofree char *card = follow (devices, address, "physfn");

  if (card != NULL && find_index (devices, card, address, &self->index))
    self->card = find_network_device (devices, card);
  if (self->card != NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The PCI device %s is no virtual function of a network card that this host uses; "
                  "look at the section host-device of its resource."),
               address);
  return FALSE;
}

static gboolean
parse_mac (const char *text, guint8 mac[6])
{
  return sscanf (text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
                 &mac[4], &mac[5]) == 6;
}

static int
run (const BvVirtualFunction *self, gushort type, gconstpointer data, gsize size)
{
  const struct ifinfomsg link = { .ifi_index = (int)bv_netlink_find_device (self->card) };
  struct rtattr *list, *function;
  BvNetlinkRequest request;

  bv_netlink_request_init (&request, RTM_SETLINK, 0, &link, sizeof link);
  list = bv_netlink_request_begin (&request, IFLA_VFINFO_LIST);
  function = bv_netlink_request_begin (&request, IFLA_VF_INFO);
  bv_netlink_request_add (&request, type, data, size);
  bv_netlink_request_end (&request, function);
  bv_netlink_request_end (&request, list);
  return link.ifi_index != 0 ? bv_netlink_request_run (&request) : ENODEV;
}

gboolean
bv_virtual_function_set (const BvVirtualFunction *self, const char *mac, guint vlan, GError **error)
{
  struct ifla_vf_mac address = { .vf = self->index };
  const struct ifla_vf_vlan tag = { .vf = self->index, .vlan = vlan };
  int result = 0;

  if (mac != NULL && parse_mac (mac, address.mac))
    result = run (self, IFLA_VF_MAC, &address, sizeof address);
  if (result == 0)
    {
      result = run (self, IFLA_VF_VLAN, &tag, sizeof tag);
      /* A card that knows no VLANs has none to be rid of. */
      if (vlan == 0 && result == EOPNOTSUPP)
        result = 0;
    }
  if (result == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The card %s does not take the MAC address or the VLAN of its virtual function "
                  "%u: %s."),
               self->card, self->index, g_strerror (result));
  return FALSE;
}
