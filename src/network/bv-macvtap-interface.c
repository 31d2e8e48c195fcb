/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-macvtap-interface.h"

/* A macvtap device, which KubeVirt has given up. */
struct _BvMacvtapInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvMacvtapInterface, bv_macvtap_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->macvtap != NULL;
}

static void
bv_macvtap_interface_class_init (BvMacvtapInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "macvtap";
  interface_class->successor = "bridge";
  interface_class->matches = matches;
}

static void
bv_macvtap_interface_init (BvMacvtapInterface *self)
{
}
