/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-networks.h"
#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* What a network is for one interface (context.yaml has the meanings). Texts are the struct's own.
 */
typedef struct
{
  const char *attachment; /* NULL: its binding's own */
  char *target;
  char *mac;
  char *network;
  char *bridge;
  char *device;
  const char *type;
  char *address;
  guint numa_node; /* plus one; 0: not known */
  guint mtu;
} BvNetworkFacts;

void bv_network_facts_clear (BvNetworkFacts *self);

/* A network of the VMI, and the interface that is plugged into it. */
typedef struct
{
  const BvVolumeWork *work;
  const BvApiNetwork *network;
  const BvApiInterface *interface;
} BvNetworkWork;

/* A kind of network. */
typedef struct
{
  gboolean (*matches) (const BvNetworkWork *work, BvNetworkMode mode);

  /* Fills in FACTS, and unless it is a dry run makes what there has to be; what a running guest is
   * plugged into is made again. Blocks: for worker threads. */
  gboolean (*prepare) (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error);

  /* Takes it back, when the VMI is at its end; perhaps twice, perhaps though nothing was prepared.
   * NULL: there is nothing. */
  gboolean (*clean_up) (const BvNetworkWork *work, GError **error);
} BvNetworkPreparer;

extern const BvNetworkPreparer bv_masquerade_preparer;
extern const BvNetworkPreparer bv_pod_bridge_preparer;
extern const BvNetworkPreparer bv_definition_preparer;
extern const BvNetworkPreparer bv_user_preparer;
extern const BvNetworkPreparer bv_plain_preparer;

/* The resource whose virtual functions a multus network hands out, or NULL for another network. */
char *bv_network_definition_get_resource (const BvNetworkWork *work);

/* NULL for a network that this host cannot provide. */
const BvNetworkPreparer *bv_network_preparer_find (const BvNetworkWork *work);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvNetworkFacts, bv_network_facts_clear)

G_END_DECLS
