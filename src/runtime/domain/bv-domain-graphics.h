/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain.h"

G_BEGIN_DECLS

/* The guest's display, for those who look at it. */

void bv_domain_open_graphics_async (BvConnection *connection, const char *name, const char *uuid,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
int bv_domain_open_graphics_finish (BvConnection *connection, GAsyncResult *result, GError **error);

G_END_DECLS
