/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-libvirt-network.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "host/network/bv-network-names.h"
#include "model/bv-error.h"

typedef struct _virNetwork Network;

static void
network_free (Network *self)
{
  virNetworkFree (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Network, network_free)

typedef struct
{
  const char *name;
  const char *xml;
  const BvNetworkLease *lease;
} Call;

static gpointer
set_error (GError **error, const char *name)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("libvirt refuses its network %s: %s."), name,
               virGetLastErrorMessage ());
  return NULL;
}

/* NULL without an error where there is none. */
static Network *
find (virConnectPtr handle, const char *name, GError **error)
{
  g_autofree char *uuid = bv_network_names_make_uuid (name);
  g_autoptr (Network) network = virNetworkLookupByName (handle, name);
  char found[VIR_UUID_STRING_BUFLEN] = "";

  if (network == NULL && virGetLastErrorCode () == VIR_ERR_NO_NETWORK)
    return NULL;
  if (network == NULL || virNetworkGetUUIDString (network, found) < 0)
    return set_error (error, name);
  if (g_str_equal (found, uuid))
    return g_steal_pointer (&network);
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("libvirt has another network called %s, which is left alone; remove or rename "
                  "it."),
               name);
  return NULL;
}

static gpointer
describe (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (Network) network = find (handle, call->name, &local);
  char *xml;

  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (network == NULL || virNetworkIsActive (network) != 1)
    return g_strdup ("");
  xml = virNetworkGetXMLDesc (network, 0);
  return xml != NULL ? xml : set_error (error, call->name);
}

char *
bv_libvirt_network_describe (const BvLibvirtCaller *libvirt, const char *name, GError **error)
{
  Call call = { .name = name };

  return bv_libvirt_caller_call (libvirt, describe, &call, NULL, error);
}

static gpointer
create (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (Network) network = virNetworkCreateXML (handle, call->xml);

  return network != NULL ? GINT_TO_POINTER (TRUE) : set_error (error, call->name);
}

gboolean
bv_libvirt_network_create (const BvLibvirtCaller *libvirt, const char *name, const char *xml,
                           GError **error)
{
  Call call = { .name = name, .xml = xml };

  return bv_libvirt_caller_call (libvirt, create, &call, NULL, error) != NULL;
}

/* The place of the IPv4 <ip> among those of the network. Left to choose, libvirt takes that of IPv6
 * once no IPv4 host is left, and refuses a MAC address there. */
#define IPV4_ELEMENT 0

static gboolean
update (Network *network, guint command, const BvNetworkLease *lease)
{
  g_autofree char *xml = bv_network_lease_to_xml (lease);

  return virNetworkUpdate (network, command, VIR_NETWORK_SECTION_IP_DHCP_HOST, IPV4_ELEMENT, xml,
                           VIR_NETWORK_UPDATE_AFFECT_LIVE) == 0;
}

static gboolean
mentions (const char *xml, const char *attribute, const char *value)
{
  g_autofree char *text = g_strdup_printf (" %s='%s'", attribute, value);

  return strstr (xml, text) != NULL;
}

static gpointer
add_lease (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (Network) network = find (handle, call->name, &local);
  char *xml = network != NULL ? virNetworkGetXMLDesc (network, 0) : NULL;
  gboolean has_mac, has_both;

  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (xml == NULL)
    return set_error (error, call->name);
  has_mac = mentions (xml, "mac", call->lease->mac);
  has_both = has_mac && mentions (xml, "ip", call->lease->address);
  free (xml);
  if (has_both)
    return GINT_TO_POINTER (TRUE);
  if ((has_mac && !update (network, VIR_NETWORK_UPDATE_COMMAND_DELETE, call->lease)) ||
      !update (network, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, call->lease))
    return set_error (error, call->name);
  return GINT_TO_POINTER (TRUE);
}

gboolean
bv_libvirt_network_add_lease (const BvLibvirtCaller *libvirt, const char *name,
                              const BvNetworkLease *lease, GError **error)
{
  Call call = { .name = name, .lease = lease };

  return bv_libvirt_caller_call (libvirt, add_lease, &call, NULL, error) != NULL;
}

static gpointer
remove_lease (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (Network) network = find (handle, call->name, &local);
  char *xml;
  gboolean there;

  if (network == NULL)
    return GINT_TO_POINTER (TRUE);
  xml = virNetworkGetXMLDesc (network, 0);
  if (xml == NULL)
    return set_error (error, call->name);
  there = mentions (xml, "mac", call->lease->mac);
  free (xml);
  if (there && !update (network, VIR_NETWORK_UPDATE_COMMAND_DELETE, call->lease))
    return set_error (error, call->name);
  return GINT_TO_POINTER (TRUE);
}

gboolean
bv_libvirt_network_remove_lease (const BvLibvirtCaller *libvirt, const char *name,
                                 const BvNetworkLease *lease, GError **error)
{
  Call call = { .name = name, .lease = lease };

  return bv_libvirt_caller_call (libvirt, remove_lease, &call, NULL, error) != NULL;
}

static gpointer
end (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (Network) network = find (handle, call->name, &local);
  int ports;

  if (network == NULL)
    return GINT_TO_POINTER (TRUE);
  ports = virNetworkListAllPorts (network, NULL, 0);
  if (ports < 0 || (ports == 0 && virNetworkDestroy (network) < 0))
    return set_error (error, call->name);
  return GINT_TO_POINTER (TRUE);
}

gboolean
bv_libvirt_network_end (const BvLibvirtCaller *libvirt, const char *name, GError **error)
{
  Call call = { .name = name };

  return bv_libvirt_caller_call (libvirt, end, &call, NULL, error) != NULL;
}
