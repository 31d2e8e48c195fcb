/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-slirp-interface.h"

/* QEMU's user networking, which KubeVirt has given up. */
struct _BvSlirpInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvSlirpInterface, bv_slirp_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->slirp != NULL;
}

static void
bv_slirp_interface_class_init (BvSlirpInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "slirp";
  interface_class->successor = "masquerade";
  interface_class->matches = matches;
}

static void
bv_slirp_interface_init (BvSlirpInterface *self)
{
}
