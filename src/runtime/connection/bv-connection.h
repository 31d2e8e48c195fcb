/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-call.h"
#include "runtime/connection/bv-domain-event.h"

G_BEGIN_DECLS

/**
 * BvConnectionState:
 * @BV_CONNECTION_CONNECTING: The first attempt is not over.
 * @BV_CONNECTION_CONNECTED: Calls work, events come.
 * @BV_CONNECTION_DISCONNECTED: There is no connection; attempts go on, if the connection was
 * started.
 */
typedef enum
{
  BV_CONNECTION_CONNECTING,
  BV_CONNECTION_CONNECTED,
  BV_CONNECTION_DISCONNECTED,
} BvConnectionState;

#define BV_TYPE_CONNECTION_STATE (bv_connection_state_get_type ())
GType bv_connection_state_get_type (void);

/**
 * BvLaneId:
 * @BV_LANE_CONTROL: Short calls: define, look up, suspend, destroy.
 * @BV_LANE_AGENT: Calls that wait for a guest's agent.
 * @BV_LANE_JOBS: Calls that take long: start, migrate, dump.
 */
typedef enum
{
  BV_LANE_CONTROL,
  BV_LANE_AGENT,
  BV_LANE_JOBS,
} BvLaneId;

#define BV_N_LANES (BV_LANE_JOBS + 1)

#define BV_TYPE_CONNECTION (bv_connection_get_type ())
G_DECLARE_FINAL_TYPE (BvConnection, bv_connection, BV, CONNECTION, GObject)

BvConnection *bv_connection_new (const char *uri);
void bv_connection_start (BvConnection *self);
void bv_connection_stop (BvConnection *self);

void bv_connection_call_async (BvConnection *self, BvLaneId lane, const char *vm_key,
                               BvCallFunc func, gpointer data, GDestroyNotify destroy,
                               GDestroyNotify result_destroy, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gpointer bv_connection_call_finish (BvConnection *self, GAsyncResult *result, GError **error);

char *bv_connection_urgent_key (const char *vm_key);

BvConnectionState bv_connection_get_state (BvConnection *self);
const char *bv_connection_get_uri (BvConnection *self);
guint bv_connection_get_n_links (BvConnection *self, BvLaneId lane);

G_END_DECLS
