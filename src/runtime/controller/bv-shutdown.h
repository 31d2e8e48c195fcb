/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"
#include "runtime/domain/bv-domain-state.h"

G_BEGIN_DECLS

/**
 * BvShutdown:
 *
 * Ends a guest: asks it by the power button, again every five seconds, and destroys the domain when
 * its grace is over. It ends when the domain has stopped, whatever stopped it.
 */
#define BV_TYPE_SHUTDOWN (bv_shutdown_get_type ())
G_DECLARE_FINAL_TYPE (BvShutdown, bv_shutdown, BV, SHUTDOWN, GObject)

BvShutdown *bv_shutdown_new (BvConnection *connection, const char *domain_name, const char *uuid,
                             gint64 grace_seconds);
void bv_shutdown_set_by_agent (BvShutdown *self, gboolean by_agent);
void bv_shutdown_start (BvShutdown *self);
void bv_shutdown_shorten (BvShutdown *self, gint64 grace_seconds);
void bv_shutdown_set_domain_state (BvShutdown *self, BvDomainState state);

G_END_DECLS
