/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-preparer.h"

/* The first that matches is taken. */
static const BvNetworkPreparer *const preparers[] = {
  &bv_user_preparer,       &bv_plain_preparer,      &bv_masquerade_preparer,
  &bv_pod_bridge_preparer, &bv_definition_preparer,
};

void
bv_network_facts_clear (BvNetworkFacts *self)
{
  g_free (self->target);
  g_free (self->mac);
  g_free (self->network);
  g_free (self->bridge);
  g_free (self->device);
  g_free (self->address);
}

const BvNetworkPreparer *
bv_network_preparer_find (const BvNetworkWork *work)
{
  BvNetworkMode mode = bv_networks_get_mode (work->work->networks);

  for (gsize i = 0; i < G_N_ELEMENTS (preparers); i++)
    if (preparers[i]->matches (work, mode))
      return preparers[i];
  return NULL;
}
