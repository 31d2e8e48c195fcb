/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/bv-interface-private.h"

G_BEGIN_DECLS

#define BV_TYPE_PLUGIN_INTERFACE (bv_plugin_interface_get_type ())

G_DECLARE_FINAL_TYPE (BvPluginInterface, bv_plugin_interface, BV, PLUGIN_INTERFACE, BvInterface)

G_END_DECLS
