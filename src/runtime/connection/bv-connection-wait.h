/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-libvirt-caller.h"
#include "runtime/connection/bv-connection.h"

G_BEGIN_DECLS

gpointer bv_connection_call_wait (BvConnection *self, BvLaneId lane, const char *vm_key,
                                  BvCallFunc func, gpointer data, GCancellable *cancellable,
                                  GError **error);

/* A caller for worker threads, by the lane of long jobs; SELF must outlive it. */
BvLibvirtCaller bv_connection_get_caller (BvConnection *self);

G_END_DECLS
