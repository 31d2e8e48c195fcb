/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"
#include "network/bv-publication.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* The pod network with masquerade: a libvirt network of ours, which all guests share but those that
 * want a range or DHCP options of their own. */

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  return mode == BV_NETWORK_MODE_SYSTEM && work->network->pod != NULL &&
         work->interface->masquerade != NULL;
}

static gboolean
is_set (const char *text)
{
  return text != NULL && text[0] != '\0';
}

static gboolean
has_own (const BvNetworkWork *work)
{
  const BvApiPodNetwork *pod = work->network->pod;

  return is_set (pod->vm_network_cidr) || is_set (pod->vm_i_pv6_network_cidr) ||
         work->interface->dhcp_options != NULL;
}

static char *
make_name (const BvNetworkWork *work)
{
  return has_own (work) ? bv_network_names_make_own_network (work->work->vmi, work->interface)
                        : g_strdup (BV_SHARED_NETWORK);
}

static BvNetworkPlan *
make_plan (const BvNetworkWork *work, GError **error)
{
  const BvApiDHCPOptions *options = work->interface->dhcp_options;
  g_autoptr (BvNetworkPlan) plan = g_new0 (BvNetworkPlan, 1);

  plan->name = make_name (work);
  plan->bridge = has_own (work)
                     ? bv_network_names_make_own_bridge (work->work->vmi, work->interface)
                     : g_strdup (BV_SHARED_BRIDGE);
  plan->addressed = TRUE;
  if (options != NULL && !bv_network_plan_add_dhcp_options (plan, options, error))
    return NULL;
  return g_steal_pointer (&plan);
}

static void
add_ports (GArray *list, const char *protocol, gint64 first, gint64 last)
{
  BvRulesetPorts ports = { "tcp", (guint)first, (guint)last };

  if (protocol != NULL && g_ascii_strcasecmp (protocol, "udp") == 0)
    ports.protocol = "udp";
  g_array_append_val (list, ports);
}

/* NULL: all. */
static GArray *
make_ports (const BvApiInterface *interface)
{
  GArray *list;

  if (interface->n_ports == 0 && interface->n_port_ranges == 0)
    return NULL;
  list = g_array_new (FALSE, FALSE, sizeof (BvRulesetPorts));
  for (guint i = 0; i < interface->n_ports; i++)
    add_ports (list, interface->ports[i]->protocol, interface->ports[i]->port,
               interface->ports[i]->port);
  for (guint i = 0; i < interface->n_port_ranges; i++)
    add_ports (list, interface->port_ranges[i]->protocol, interface->port_ranges[i]->start,
               interface->port_ranges[i]->end);
  return list;
}

static gboolean
read_publications (const BvNetworkWork *work, GArray **list, GError **error)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (work->work->vmi)->metadata;
  const char *text =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, BV_PUBLISH_ANNOTATION);
  g_autoptr (GArray) found = NULL;

  *list = NULL;
  if (!is_set (text))
    return TRUE;
  found = bv_publications_parse (text, error);
  if (found == NULL || !bv_publications_check (found, work->interface, error))
    return FALSE;
  *list = g_steal_pointer (&found);
  return TRUE;
}

static BvRulesetGuest *
make_guest (const BvNetworkWork *work, const BvNetworkFacts *facts, GError **error)
{
  BvRulesetGuest *guest;
  GArray *publications;

  if (!read_publications (work, &publications, error))
    return NULL;
  guest = g_new0 (BvRulesetGuest, 1);
  guest->tap = g_strdup (facts->target);
  guest->mac = g_strdup (facts->mac);
  guest->ports = make_ports (work->interface);
  guest->publications = publications;
  return guest;
}

static const char *
choose (const char *own, const char *setting)
{
  return is_set (own) ? own : setting;
}

/* The settings are for the network that is shared. */
static BvNetworkWish
make_wish (const BvNetworkWork *work, const char *owner)
{
  const BvApiPodNetwork *pod = work->network->pod;
  const char *ipv4 = bv_config_get_string (work->work->config, "network", "cidr");
  const char *ipv6 = bv_config_get_string (work->work->config, "network", "ipv6-cidr");
  gboolean no_ipv6 = g_strcmp0 (ipv6, "none") == 0;
  gboolean own = has_own (work);
  BvNetworkWish wish = {
    .owner = owner,
    .ipv4 = choose (pod->vm_network_cidr, own || !is_set (ipv4) ? NULL : ipv4),
    .ipv6 = choose (pod->vm_i_pv6_network_cidr, own || !is_set (ipv6) ? NULL : ipv6),
    .must = is_set (pod->vm_i_pv6_network_cidr),
    .running = work->work->running,
  };

  if (no_ipv6 && !wish.must)
    wish.ipv6 = "";
  return wish;
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  BvVmi *vmi = work->work->vmi;
  g_autoptr (BvNetworkPlan) plan = make_plan (work, error);
  g_autofree char *owner =
      g_strdup_printf ("VirtualMachineInstance %s/%s", bv_object_get_namespace (BV_OBJECT (vmi)),
                       bv_object_get_name (BV_OBJECT (vmi)));
  const BvNetworkWish wish = make_wish (work, owner);
  BvRulesetGuest *guest;

  if (plan == NULL)
    return FALSE;
  facts->attachment = "network";
  facts->mac = bv_network_names_make_mac (vmi, work->interface);
  facts->target = bv_network_names_make_tap (vmi, work->interface);
  facts->network = g_strdup (plan->name);
  if (work->work->dry_run)
    return TRUE;
  guest = make_guest (work, facts, error);
  return guest != NULL &&
         bv_networks_plug (work->work->networks, work->work->libvirt, plan, &wish, guest, error);
}

static gboolean
clean_up (const BvNetworkWork *work, GError **error)
{
  g_autofree char *network = make_name (work);
  g_autofree char *tap = bv_network_names_make_tap (work->work->vmi, work->interface);
  g_autofree char *mac = bv_network_names_make_mac (work->work->vmi, work->interface);

  return bv_networks_unplug (work->work->networks, work->work->libvirt, network, tap, mac, error);
}

const BvNetworkPreparer bv_masquerade_preparer = { matches, prepare, clean_up };
