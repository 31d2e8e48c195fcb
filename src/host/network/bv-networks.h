/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-libvirt-caller.h"
#include "host/network/bv-network-plan.h"
#include "host/network/bv-ruleset.h"

G_BEGIN_DECLS

/* How guests can be given networks, which follows from the connection. */
typedef enum
{
  BV_NETWORK_MODE_SYSTEM,  /* bridges, and a packet filter */
  BV_NETWORK_MODE_SESSION, /* what needs no privileges */
  BV_NETWORK_MODE_OTHER,   /* libvirt's networks as they are: its driver for tests */
} BvNetworkMode;

/* The networks of ours that there are, and who is plugged into them. It may be used by several
 * threads, and makes their changes one after the other; what changes it blocks. */
#define BV_TYPE_NETWORKS (bv_networks_get_type ())

G_DECLARE_FINAL_TYPE (BvNetworks, bv_networks, BV, NETWORKS, GObject)

BvNetworks *bv_networks_new (BvNetworkMode mode, const char *state_directory,
                             const char *runtime_directory);
BvNetworkMode bv_network_mode_from_uri (const char *uri);
BvNetworkMode bv_networks_get_mode (BvNetworks *self);

/* Who wants to be plugged in. */
typedef struct
{
  const char *owner;   /* who it is, for people: "VirtualMachineInstance default/web" */
  const char *network; /* libvirt's name */
  const char *ipv4;    /* the ranges to use, NULL: any that is free */
  const char *ipv6;    /* "": no IPv6 */
  gboolean must;       /* these ranges or none */
  gboolean running;    /* it is plugged in already, and the service is new */
} BvNetworkWish;

/* Plugs GUEST, which it takes, into the network of PLAN, which is made where there is none and, if
 * it is addressed, gives the guest its addresses. */
gboolean bv_networks_plug (BvNetworks *self, const BvLibvirtCaller *libvirt, BvNetworkPlan *plan,
                           const BvNetworkWish *wish, BvRulesetGuest *guest, GError **error);

/* Guards a guest on a bridge that is not ours; takes GUEST. */
gboolean bv_networks_guard (BvNetworks *self, const BvNetworkWish *wish, BvRulesetGuest *guest,
                            GError **error);

/* Undoes both. NETWORK is where the guest probably was, where that is not known; it may be NULL. */
gboolean bv_networks_unplug (BvNetworks *self, const BvLibvirtCaller *libvirt, const char *network,
                             const char *tap, const char *mac, GError **error);

/* While several that run already are plugged in again, rules are made for all of them at once, with
 * the last. */
void bv_networks_begin_batch (BvNetworks *self);
gboolean bv_networks_end_batch (BvNetworks *self, GError **error);

/* Puts our rules back where somebody has changed or removed them. */
gboolean bv_networks_check_rules (BvNetworks *self, GError **error);

/* The guest with MAC comes from another host with these ADDRESSES; NULL: no more. It is not plugged
 * in with others. Does not block. */
void bv_networks_expect (BvNetworks *self, const char *mac, const char *const *addresses);

/* The addresses of the guest with MAC that is plugged in, IPv4 before IPv6; NULL where it has none
 * of ours. Does not block. */
GStrv bv_networks_dup_addresses (BvNetworks *self, const char *mac);

G_END_DECLS
