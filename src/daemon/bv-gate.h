/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Holds back the calls that come in on a connection, and all that comes after the first of them,
 * until it is opened: so the service owns its name before it has its objects, and who calls it
 * meanwhile waits and finds them all. Nothing may wait for an answer on the connection until then.
 */
typedef struct _BvGate BvGate;

BvGate *bv_gate_new (GDBusConnection *connection);
void bv_gate_free (BvGate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvGate, bv_gate_free)

G_END_DECLS
