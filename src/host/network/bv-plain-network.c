/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"

/* Networks of a libvirt that has no part in this host's network, as its driver for tests. */

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  return mode == BV_NETWORK_MODE_OTHER &&
         (work->network->pod != NULL || work->network->multus != NULL);
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  facts->attachment = "network";
  facts->mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  facts->network = g_strdup (bv_config_get_string (work->work->config, "network", "default"));
  return TRUE;
}

const BvNetworkPreparer bv_plain_preparer = { matches, prepare, NULL };
