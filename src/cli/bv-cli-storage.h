/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/bv-cli-client.h"
#include "model/bv-node.h"

G_BEGIN_DECLS

/* How claims and data volumes are shown. NULL: OBJECT is neither. */
const char *bv_cli_storage_get_phase (BvDBusObject *object);
void bv_cli_storage_add_status (BvDBusObject *object, BvNode *status, BvArena *arena);

/* Prints a list of nothing but claims, or data volumes, as kubectl does; FALSE: it is none. */
gboolean bv_cli_storage_print (BvCliClient *client, GPtrArray *objects);

G_END_DECLS
