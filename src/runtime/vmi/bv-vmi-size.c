/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-size.h"

#include <glib/gi18n-lib.h>

#include "convert/bv-cpu-topology.h"
#include "convert/bv-guest-memory.h"
#include "model/bv-vmi-private.h"
#include "runtime/live/bv-live-size.h"

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

static gboolean
update_cpus (BvConditions *conditions, const BvApiVirtualMachineInstanceSpec *spec,
             const BvDomainInfo *info)
{
  if (is_active (info) && bv_live_size_wants_cpus (spec, &info->size))
    return bv_conditions_set (conditions, "HotVCPUChange", TRUE, NULL,
                              _ ("CPUs are plugged into the guest."));
  return bv_conditions_remove (conditions, "HotVCPUChange");
}

static gboolean
is_refused (const BvApiVirtualMachineInstanceSpec *spec, guint64 refused, const BvDomainSize *size)
{
  return refused != 0 && refused == bv_guest_memory_bytes (spec->domain) &&
         refused != size->guest_requested;
}

static gboolean
update_memory (BvConditions *conditions, const BvApiVirtualMachineInstanceSpec *spec,
               const BvVmiStatus *status, const BvDomainInfo *info)
{
  if (is_active (info) && is_refused (spec, status->refused_memory, &info->size))
    return bv_conditions_set (conditions, "HotMemoryChange", FALSE, "Memory Hotplug Failed",
                              _ ("No memory can be plugged into this guest; an event tells why."));
  if (is_active (info) && bv_live_size_wants_memory (spec, status->refused_memory, &info->size))
    return bv_conditions_set (conditions, "HotMemoryChange", TRUE, NULL,
                              _ ("The memory of the guest is changed."));
  return bv_conditions_remove (conditions, "HotMemoryChange");
}

gboolean
bv_vmi_size_update_conditions (BvConditions *conditions, const BvVmiStatus *status,
                               const BvDomainInfo *info, BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  gboolean changed = update_cpus (conditions, spec, info);

  return update_memory (conditions, spec, status, info) || changed;
}

gboolean
bv_vmi_size_differs (const BvDomainInfo *before, const BvDomainInfo *now)
{
  if (before == NULL || now == NULL)
    return before != now;
  return before->state != now->state || !bv_domain_size_equal (&before->size, &now->size);
}
