/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-bridge-interface.h"

#include "network/bv-network-private.h"

#define ALLOW_ANNOTATION "kubevirt.io/allow-pod-bridge-network-live-migration"

/* The guest is a neighbour of what is on the network. */
struct _BvBridgeInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvBridgeInterface, bv_bridge_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->bridge != NULL;
}

/* On the pod network the guest would take an address with it that is not its own elsewhere. */
static gboolean
can_migrate (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi)
{
  const BvApiObjectMeta *metadata = vmi->metadata;
  const BvApiNetwork *network = bv_network_find_record (vmi->spec, record->name);

  return network == NULL || network->pod == NULL ||
         bv_string_map_get (metadata->annotations, metadata->n_annotations, ALLOW_ANNOTATION) !=
             NULL;
}

static void
bv_bridge_interface_class_init (BvBridgeInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "bridge";
  interface_class->attachment = "tap";
  interface_class->matches = matches;
  interface_class->can_migrate = can_migrate;
}

static void
bv_bridge_interface_init (BvBridgeInterface *self)
{
}
