/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"

/* The pod network where there are no privileges: passt, or what adaptation puts in its place. Also
 * for the binding that asks for passt. */

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  if (work->network->pod == NULL)
    return FALSE;
  return mode == BV_NETWORK_MODE_SESSION || work->interface->passt_binding != NULL;
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  facts->attachment = "passt";
  facts->mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  return TRUE;
}

const BvNetworkPreparer bv_user_preparer = { matches, prepare, NULL };
