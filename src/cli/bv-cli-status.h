/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bv-dbus-generated.h"
#include "model/bv-node.h"

G_BEGIN_DECLS

BvNode *bv_cli_status_new (BvDBusObject *object, BvArena *arena);

G_END_DECLS
