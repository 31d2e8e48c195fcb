/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"
#include "model/bv-api.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* What a VMI's status tells of an interface, merged from all who know of it. */
typedef struct
{
  char *name; /* NULL: only the guest knows it */
  char *mac;
  char *interface_name;     /* the guest's own, or NULL */
  char *pod_interface_name; /* the host's device, or NULL */
  char *info_source;        /* of "domain, guest-agent, multus-status" */
  char *link_state;         /* or NULL */
  guint queue_count;        /* 0: not known */
  GStrv addresses;          /* the best one first */
} BvInterfaceStatus;

/* Merges by KubeVirt's rules: the domain's interfaces, with the addresses that the host knows (MAC
 * address -> GStrv); what the agent says wins over these for a family that they lack, and clears a
 * family that it does not have; interfaces that only the agent knows come last, ten at most. The
 * pod network comes first. DOMAIN and INFO may be NULL. Of BvInterfaceStatus. */
GPtrArray *bv_interface_statuses_new (const BvApiVirtualMachineInstanceSpec *spec,
                                      const BvDomainInfo *domain, GHashTable *addresses,
                                      const BvGuestInfo *info);
const BvInterfaceStatus *bv_interface_statuses_find (GPtrArray *statuses, const char *name);

/* The addresses at which the guest is reached: IPv4 before IPv6. */
GStrv bv_interface_statuses_list_addresses (GPtrArray *statuses);

/* KubeVirt's status.interfaces: an aa{sv}. */
GVariant *bv_interface_statuses_to_variant (GPtrArray *statuses);

G_END_DECLS
