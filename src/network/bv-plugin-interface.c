/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-plugin-interface.h"

#include "network/bv-network-private.h"

/* A plugin attaches the guest; only the facts can tell how. */
struct _BvPluginInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvPluginInterface, bv_plugin_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->binding != NULL;
}

/* KubeVirt asks the plugin for the pod network alone; here no plugin says that it can. */
static gboolean
can_migrate (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi)
{
  const BvApiNetwork *network = bv_network_find_record (vmi->spec, record->name);

  return network == NULL || network->pod == NULL;
}

static void
bv_plugin_interface_class_init (BvPluginInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "binding";
  interface_class->matches = matches;
  interface_class->can_migrate = can_migrate;
}

static void
bv_plugin_interface_init (BvPluginInterface *self)
{
}
