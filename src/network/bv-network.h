/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "model/bv-vmi.h"

G_BEGIN_DECLS

#define BV_TYPE_NETWORK (bv_network_get_type ())

BV_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BvNetwork, bv_network, BV, NETWORK, GObject)

BV_AVAILABLE_IN_1_0
GListModel *bv_vmi_get_networks (BvVmi *vmi);

BV_AVAILABLE_IN_1_0
const char *bv_network_get_name (BvNetwork *self);
BV_AVAILABLE_IN_1_0
const char *bv_network_get_source (BvNetwork *self);
BV_AVAILABLE_IN_1_0
const char *bv_network_get_definition (BvNetwork *self);
BV_AVAILABLE_IN_1_0
gboolean bv_network_is_default (BvNetwork *self);

G_END_DECLS
