/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-link.h"

G_BEGIN_DECLS

GArray *bv_link_events_register (BvLink *link, virConnectPtr handle, GError **error);
void bv_link_events_deregister (virConnectPtr handle, GArray *callbacks);

G_END_DECLS
