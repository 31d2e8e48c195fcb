/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BV_ACTION_MANAGE "org.barevirt1.manage"
#define BV_ACTION_CONSOLE "org.barevirt1.console"
#define BV_ACTION_EXEC "org.barevirt1.exec"
#define BV_ACTION_MIGRATE "org.barevirt1.migrate"
#define BV_ACTION_RECEIVE "org.barevirt1.receive"
#define BV_ACTION_VIEW "org.barevirt1.view"
#define BV_ACTION_VIEW_SECRETS "org.barevirt1.view-secrets"

/* Decides who may do what. On the system bus polkit does, for the caller itself; a session bus lets
 * nobody but its owner in, who is trusted. */
#define BV_TYPE_AUTHORITY (bv_authority_get_type ())

G_DECLARE_FINAL_TYPE (BvAuthority, bv_authority, BV, AUTHORITY, GObject)

BvAuthority *bv_authority_new (GBusType bus_type);

/* KIND, NAMESPACE and NAME go to polkit as details, so that rules can tell VMs apart; they may be
 * NULL. */
void bv_authority_check_async (BvAuthority *self, GDBusMethodInvocation *invocation,
                               const char *action, const char *kind, const char *namespace,
                               const char *name, GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_authority_check_finish (BvAuthority *self, GAsyncResult *result, GError **error);

G_END_DECLS
