/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-ip-range.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* A libvirt network that is made on demand. Without ranges it is a bridge and nothing else. */
typedef struct
{
  char *name;
  char *bridge;
  guint mtu;          /* 0: the usual one */
  gboolean addressed; /* guests get addresses of these ranges */
  BvIpRange ipv4;
  BvIpRange ipv6;     /* its family is 0 where there is none */
  char *hosts_file;   /* for dnsmasq: who gets which IPv6 address */
  GPtrArray *options; /* lines of dnsmasq's configuration, or NULL */
} BvNetworkPlan;

/* An address by DHCP. */
typedef struct
{
  const char *mac;
  const char *address;
} BvNetworkLease;

void bv_network_plan_free (BvNetworkPlan *self);

/* What the network's DHCP server is told beside its addresses. */
gboolean bv_network_plan_add_dhcp_options (BvNetworkPlan *self, const BvApiDHCPOptions *options,
                                           GError **error);

/* libvirt's XML of the network, with LEASES of BvNetworkLease. */
char *bv_network_plan_to_xml (const BvNetworkPlan *self, GArray *leases);
char *bv_network_lease_to_xml (const BvNetworkLease *lease);

/* The ranges of a network from its XML; FALSE where it was made otherwise. */
gboolean bv_network_plan_read_ranges (const char *xml, BvIpRange *ipv4, BvIpRange *ipv6);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvNetworkPlan, bv_network_plan_free)

G_END_DECLS
