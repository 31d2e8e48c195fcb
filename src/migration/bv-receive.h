/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-reception.h"

G_BEGIN_DECLS

/* A guest is about to come: OBJECTS as bv-migration-bundle writes them; OPTIONS as Prepare has
 * them.
 */
void bv_receive_async (BvController *controller, const char *objects, GVariant *options,
                       GAsyncReadyCallback callback, gpointer user_data);

/* The answer, a{sv}; NULL with all REASONS why it cannot come, or with an error. */
GVariant *bv_receive_finish (BvController *controller, GAsyncResult *result, GPtrArray **reasons,
                             GError **error);

/* That of the migration UID. */
BvReception *bv_receive_find (BvController *controller, const char *uid, GError **error);

/* The source has given up the migration UID, which was not heard of: what is still on its way here
 * of it comes to nothing. */
void bv_receive_forbid (BvController *controller, const char *uid);

G_END_DECLS
