/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-resources.h"

static const BvQuantity nothing = { NULL, 0, 0 };

/* What is asked of the host; zero where nothing is. */
const BvQuantity *
bv_resources_get_request (const BvApiDomainSpec *domain, const char *name)
{
  const BvApiResourceRequirements *resources = domain->resources;
  const BvQuantity *amount = NULL;

  if (resources != NULL)
    amount = bv_quantity_map_get (resources->requests, resources->n_requests, name);
  return amount == NULL ? &nothing : amount;
}

const BvQuantity *
bv_resources_get_limit (const BvApiDomainSpec *domain, const char *name)
{
  const BvApiResourceRequirements *resources = domain->resources;
  const BvQuantity *amount = NULL;

  if (resources != NULL)
    amount = bv_quantity_map_get (resources->limits, resources->n_limits, name);
  return amount == NULL ? &nothing : amount;
}
