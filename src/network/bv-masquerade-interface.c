/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-masquerade-interface.h"

/* The guest shares an address of the host by NAT. */
struct _BvMasqueradeInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvMasqueradeInterface, bv_masquerade_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->masquerade != NULL;
}

static gboolean
can_migrate (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi)
{
  return TRUE;
}

static void
bv_masquerade_interface_class_init (BvMasqueradeInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "masquerade";
  interface_class->attachment = "tap";
  interface_class->matches = matches;
  interface_class->can_migrate = can_migrate;
}

static void
bv_masquerade_interface_init (BvMasqueradeInterface *self)
{
}
