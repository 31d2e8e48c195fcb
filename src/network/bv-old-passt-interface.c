/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-old-passt-interface.h"

/* The first form of passt, which KubeVirt has given up. */
struct _BvOldPasstInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvOldPasstInterface, bv_old_passt_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->passt != NULL;
}

static void
bv_old_passt_interface_class_init (BvOldPasstInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "passt";
  interface_class->successor = "passtBinding";
  interface_class->matches = matches;
}

static void
bv_old_passt_interface_init (BvOldPasstInterface *self)
{
}
