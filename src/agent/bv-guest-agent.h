/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"
#include "host/bv-config.h"
#include "runtime/connection/bv-call.h"
#include "runtime/connection/bv-connection.h"

G_BEGIN_DECLS

/**
 * BvGuestAgent:
 *
 * Asks the agent in a guest again and again for what it knows, as long as it has its channel open
 * and the guest runs. An agent that leaves a call unanswered is only pinged, ever more rarely,
 * until it answers again.
 */
#define BV_TYPE_GUEST_AGENT (bv_guest_agent_get_type ())
G_DECLARE_FINAL_TYPE (BvGuestAgent, bv_guest_agent, BV, GUEST_AGENT, GObject)

BvGuestAgent *bv_guest_agent_new (BvConnection *connection, const BvConfig *config,
                                  const char *domain_name);
void bv_guest_agent_set_suspended (BvGuestAgent *self, gboolean suspended);
void bv_guest_agent_set_connected (BvGuestAgent *self, gboolean connected);
void bv_guest_agent_handle_event (BvGuestAgent *self, BvDomainEvent *event);
void bv_guest_agent_refresh (BvGuestAgent *self);
void bv_guest_agent_refresh_freeze (BvGuestAgent *self);

gboolean bv_guest_agent_is_connected (BvGuestAgent *self);
gboolean bv_guest_agent_is_responsive (BvGuestAgent *self);
BvGuestInfo *bv_guest_agent_get_info (BvGuestAgent *self);

void bv_guest_agent_ping_async (BvGuestAgent *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_guest_agent_ping_finish (BvGuestAgent *self, GAsyncResult *result, GError **error);

void bv_guest_agent_call_async (BvGuestAgent *self, BvCallFunc func, GVariant *arguments,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
char *bv_guest_agent_call_finish (BvGuestAgent *self, GAsyncResult *result, GError **error);

G_END_DECLS
