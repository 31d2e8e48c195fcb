/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"
#include "runtime/connection/bv-call.h"

G_BEGIN_DECLS

/* What is asked of an agent, and the calls that ask: BvCallFuncs that return a BvGuestInfo. */
typedef struct
{
  char *name;
  BvGuestParts parts;
  GVariant *arguments; /* NULL where the call takes none */
} BvAgentRequest;

BvAgentRequest *bv_agent_request_new (const char *name, BvGuestParts parts);
BvAgentRequest *bv_agent_request_new_with_arguments (const char *name, GVariant *arguments);
void bv_agent_request_free (gpointer request);

gpointer bv_agent_call_get_info (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error);
gpointer bv_agent_call_get_version (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                    GError **error);
gpointer bv_agent_call_get_freeze (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                   GError **error);
gpointer bv_agent_call_get_load (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error);
gpointer bv_agent_call_ping (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                             GError **error);

/* These return a text, for bv_guest_agent_call_async(). Takes (s), a command in JSON: */
gpointer bv_agent_call_send (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                             GError **error);
/* (ssb): a user, the password and whether it is encrypted. */
gpointer bv_agent_call_set_password (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                     GError **error);
/* (sasb): a user, keys and whether they come after those that are there. */
gpointer bv_agent_call_set_ssh_keys (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                     GError **error);

/* The guest's file systems: `frozen` or `thawed`; and empty texts. */
gpointer bv_agent_call_get_freeze_status (virConnectPtr handle, gpointer data,
                                          GCancellable *cancellable, GError **error);
gpointer bv_agent_call_freeze (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                               GError **error);
gpointer bv_agent_call_thaw (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                             GError **error);
/* Sets the guest's clock to the host's time. An empty text. */
gpointer bv_agent_call_set_time (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error);

/* For the unit tests: what the answers become. */
BvGuestInfo *bv_agent_read_load (const char *reply, GError **error);
BvGuestInfo *bv_agent_read_version (const char *reply, GError **error);
BvGuestInfo *bv_agent_read_freeze (const char *reply, GError **error);

G_END_DECLS
