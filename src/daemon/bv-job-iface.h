/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* org.barevirt1.Job. */
GDBusInterfaceSkeleton *bv_job_iface_new (BvBus *bus, BvJob *job);

G_END_DECLS
