/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* An interface on the bus whose methods are rows of a table. Its class takes bv_callee_get_vtable()
 * as get_vtable, so that calls go by the table and not by the skeleton's handlers. */
#define BV_TYPE_CALLEE (bv_callee_get_type ())

G_DECLARE_INTERFACE (BvCallee, bv_callee, BV, CALLEE, GDBusInterfaceSkeleton)

struct _BvCalleeInterface
{
  GTypeInterface parent_iface;

  const BvMethod *methods; /* up to one without a name */
  /* What it is on; *ENTRY is NULL unless it is one of an entry's. */
  void (*get_target) (BvCallee *self, BvBus **bus, BvEntry **entry);
};

GDBusInterfaceVTable *bv_callee_get_vtable (GDBusInterfaceSkeleton *skeleton);

G_END_DECLS
