/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-agent.h"

G_BEGIN_DECLS

/* How long a program in a guest has, in seconds. */
#define BV_AGENT_EXEC_DEFAULT_SECONDS 30
#define BV_AGENT_EXEC_MAX_SECONDS 3600

void bv_agent_exec_async (BvGuestAgent *agent, GVariant *command, GVariant *input, gint64 seconds,
                          GAsyncReadyCallback callback, gpointer user_data);
GVariant *bv_agent_exec_finish (BvGuestAgent *agent, GAsyncResult *result, GError **error);

/* For the unit tests. */
gboolean bv_agent_read_exec (const char *reply, GVariant **result, GError **error);

G_END_DECLS
