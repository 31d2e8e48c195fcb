/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain.h"

G_BEGIN_DECLS

void bv_domain_screenshot_async (BvConnection *connection, const char *name, const char *uuid,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
int bv_domain_screenshot_finish (BvConnection *connection, GAsyncResult *result, GError **error);

G_END_DECLS
