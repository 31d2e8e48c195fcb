/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"

/* The pod network with the binding bridge: a bridge of the host that the settings name, or a
 * libvirt network. */

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  return mode == BV_NETWORK_MODE_SYSTEM && work->network->pod != NULL &&
         work->interface->bridge != NULL;
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  const char *bridge = bv_config_get_string (work->work->config, "network", "bridge");

  facts->mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  if (bridge != NULL && bridge[0] != '\0')
    {
      facts->attachment = "bridge";
      facts->bridge = g_strdup (bridge);
      return TRUE;
    }
  facts->attachment = "network";
  facts->network = g_strdup (bv_config_get_string (work->work->config, "network", "default"));
  return TRUE;
}

const BvNetworkPreparer bv_pod_bridge_preparer = { matches, prepare, NULL };
