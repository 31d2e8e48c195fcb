/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-resolve-private.h"
#include "model/bv-error.h"

static gboolean
resolve_network (BvResolver *self, const BvApiNetwork *network, GError **error)
{
  if (network->pod == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The network %s is of a kind that this version of Barevirt cannot provide "
                      "yet; it knows the pod network."),
                   network->name);
      return FALSE;
    }
  json_builder_set_member_name (self->builder, network->name);
  json_builder_begin_object (self->builder);
  bv_resolver_add_string (self, "attachment", "network");
  bv_resolver_add_string (self, "network",
                          bv_config_get_string (self->work->config, "network", "default"));
  json_builder_end_object (self->builder);
  return TRUE;
}

gboolean
bv_resolve_networks (BvResolver *self, GError **error)
{
  json_builder_set_member_name (self->builder, "networks");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < self->spec->n_networks; i++)
    if (!resolve_network (self, self->spec->networks[i], error))
      return FALSE;
  json_builder_end_object (self->builder);
  return TRUE;
}
