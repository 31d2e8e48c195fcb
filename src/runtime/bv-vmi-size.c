/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vmi-size.h"

#include "convert/bv-cpu-topology.h"
#include "model/bv-vmi-private.h"

static gboolean
is_active (const BvDomainInfo *info)
{
  return info != NULL && bv_domain_state_is_active (info->state);
}

GVariant *
bv_vmi_size_topology_to_variant (BvVmi *vmi, const BvDomainInfo *info)
{
  BvCpuTopology topology = bv_cpu_topology_of (bv_vmi_get_record (vmi)->spec->domain);
  guint in_socket = topology.cores * topology.threads;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (is_active (info) && info->size.vcpus > 0 && in_socket > 0)
    {
      g_variant_dict_insert (&dict, "sockets", "u", info->size.vcpus / in_socket);
      g_variant_dict_insert (&dict, "cores", "u", topology.cores);
      g_variant_dict_insert (&dict, "threads", "u", topology.threads);
    }
  return g_variant_dict_end (&dict);
}

GVariant *
bv_vmi_size_memory_to_variant (const BvDomainInfo *info)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (is_active (info))
    {
      g_variant_dict_insert (&dict, "guestAtBoot", "t", info->size.guest_at_boot);
      g_variant_dict_insert (&dict, "guestRequested", "t", info->size.guest_requested);
      g_variant_dict_insert (&dict, "guestCurrent", "t", info->size.guest_current);
    }
  return g_variant_dict_end (&dict);
}
