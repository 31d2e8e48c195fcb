/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-ip-range.h"

G_BEGIN_DECLS

#define BV_RULESET_TABLE "barevirt"

/* A bridge of ours, and the ranges of the guests on it. */
typedef struct
{
  char *bridge;
  BvIpRange ipv4;
  BvIpRange ipv6; /* its family is 0 where there is none */
} BvRulesetNetwork;

/* Ports of a guest that may be reached. */
typedef struct
{
  const char *protocol; /* "tcp" or "udp" */
  guint first;
  guint last;
} BvRulesetPorts;

/* What is plugged into a bridge. Without addresses only its MAC address is guarded. */
typedef struct
{
  char *tap;
  char *mac;
  char *ipv4;           /* or NULL */
  char *ipv6;           /* or NULL */
  GArray *ports;        /* of BvRulesetPorts; NULL: all */
  GArray *publications; /* of BvPublication, or NULL */
} BvRulesetGuest;

void bv_ruleset_network_free (BvRulesetNetwork *self);
void bv_ruleset_guest_free (BvRulesetGuest *self);

/* The commands, in libnftables' JSON, that put one transaction's worth of our tables in the place
 * of those that are there: NAT outwards and from published ports, who may reach which port, and
 * which addresses a guest may send from. Without guests the tables only go. */
char *bv_ruleset_to_json (GPtrArray *networks, GPtrArray *guests);

G_END_DECLS
