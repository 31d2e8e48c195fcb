/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-reception.h"

G_BEGIN_DECLS

/* A guest is about to come: OBJECTS as bv-migration-bundle writes them. */
void bv_receive_async (BvController *controller, const char *objects, GAsyncReadyCallback callback,
                       gpointer user_data);

/* The domain's XML as this host would have it; NULL with all REASONS why it cannot, or with an
 * error. */
char *bv_receive_finish (BvController *controller, GAsyncResult *result, GPtrArray **reasons,
                         GError **error);

/* That of the migration UID. */
BvReception *bv_receive_find (BvController *controller, const char *uid, GError **error);

G_END_DECLS
