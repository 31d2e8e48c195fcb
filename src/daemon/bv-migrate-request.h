/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* Migrate, of a VM and of a VMI. */
gboolean bv_migrate_request_begin (BvBus *bus, BvEntry *entry, GDBusMethodInvocation *invocation,
                                   gpointer object);

G_END_DECLS
