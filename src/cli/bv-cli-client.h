/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bv-dbus-generated.h"
#include "cli/bv-cli-options.h"

G_BEGIN_DECLS

/* The service's objects as they are on the bus; a picture that keeps itself current while the main
 * loop runs. */
typedef struct _BvCliClient BvCliClient;

BvCliClient *bv_cli_client_new (const BvCliOptions *options, GError **error);
BvCliClient *bv_cli_client_new_for_manager (const BvCliOptions *options, GError **error);
void bv_cli_client_free (BvCliClient *self);
GDBusObjectManager *bv_cli_client_get_objects (BvCliClient *self);
BvDBusManager *bv_cli_client_get_manager (BvCliClient *self);
GPtrArray *bv_cli_client_list (BvCliClient *self, const char *kind, const char *namespace);
BvDBusObject *bv_cli_client_find (BvCliClient *self, const char *kind, const char *name,
                                  GError **error);
gboolean bv_cli_client_wait_for_job (BvCliClient *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCliClient, bv_cli_client_free)

G_END_DECLS
