/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-address-book.h"
#include "host/network/bv-networks.h"

G_BEGIN_DECLS

/* Somebody who is plugged in. */
typedef struct
{
  BvRulesetGuest *guest;
  char *owner;
  char *network; /* NULL: not one of ours */
} Plug;

struct _BvNetworks
{
  GObject parent_instance;

  BvNetworkMode mode;
  char *runtime_directory;
  BvAddressBook *book;

  GMutex lock;
  GCond batch_ended;
  GHashTable *networks; /* libvirt's name -> BvRulesetNetwork, of those that are addressed */
  GHashTable *plugs;    /* tap -> Plug */
  gint batches;         /* atomic: the main loop must not wait for the lock */
  gboolean has_rules;
  GMutex addresses_lock; /* never held while anything blocks */
  GHashTable *addresses; /* MAC address -> GStrv */
  GHashTable *expected;  /* likewise, of guests that are about to come */
  char *rules;           /* as listed after they were made; NULL: not known */
};

/* For bv-networks.c, which holds the lock: the ranges and addresses of a network. */
gboolean bv_networks_choose_ranges (BvNetworks *self, BvNetworkPlan *plan,
                                    const BvNetworkWish *wish, const char *xml, GError **error);
gboolean bv_networks_reserve_addresses (BvNetworks *self, const BvNetworkPlan *plan,
                                        BvRulesetGuest *guest, GError **error);
void bv_networks_note_addresses (BvNetworks *self, const BvRulesetGuest *guest);
void bv_networks_forget_addresses (BvNetworks *self, const char *mac);

/* The file of a network's IPv6 addresses, for dnsmasq. */
char *bv_networks_build_hosts_path (BvNetworks *self, const char *network);
gboolean bv_networks_write_hosts (BvNetworks *self, const char *network, GError **error);

G_END_DECLS
