/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-sriov-interface.h"

/* The guest has a virtual function of a network card for itself. */
struct _BvSriovInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvSriovInterface, bv_sriov_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->sriov != NULL;
}

/* It is unplugged before and another plugged in after, as KubeVirt does. */
static gboolean
can_migrate (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi)
{
  return TRUE;
}

static void
bv_sriov_interface_class_init (BvSriovInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "sriov";
  interface_class->attachment = "hostdev";
  interface_class->matches = matches;
  interface_class->can_migrate = can_migrate;
}

static void
bv_sriov_interface_init (BvSriovInterface *self)
{
}
