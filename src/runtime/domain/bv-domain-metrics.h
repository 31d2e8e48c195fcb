/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-host-facts.h"
#include "runtime/connection/bv-connection.h"

G_BEGIN_DECLS

/* What the guest of the domain NAME may know of the host and of itself, as XML. It is written to
 * the image DISK too, unless that is NULL. */
void bv_domain_get_metrics_async (BvConnection *connection, const char *name,
                                  const BvHostFacts *facts, const char *disk,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
char *bv_domain_get_metrics_finish (BvConnection *connection, GAsyncResult *result, GError **error);

G_END_DECLS
