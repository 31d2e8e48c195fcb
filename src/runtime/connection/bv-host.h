/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-host-facts.h"
#include "runtime/connection/bv-connection.h"

G_BEGIN_DECLS

/* The facts about this machine, asked for anew with each connection to libvirt, because that may be
 * another version then. Signals: "changed". */
#define BV_TYPE_HOST (bv_host_get_type ())

G_DECLARE_FINAL_TYPE (BvHost, bv_host, BV, HOST, GObject)

/* WITH_DEVICES: guests may get devices of the host. */
BvHost *bv_host_new (BvConnection *connection, gboolean with_devices);
const BvHostFacts *bv_host_get_facts (BvHost *self);
/* Whether libvirt has told the facts: before that they lack QEMU's group, for one. */
gboolean bv_host_is_known (BvHost *self);
void bv_host_refresh_async (BvHost *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_host_refresh_finish (BvHost *self, GAsyncResult *result, GError **error);

G_END_DECLS
