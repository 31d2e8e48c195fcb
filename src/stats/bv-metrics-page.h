/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* Makes the text that a scrape gets, a few VMIs at a time, so that the main loop serves others
 * meanwhile. Without libvirt it has what the service itself knows. */
void bv_metrics_page_make_async (BvEnvironment *environment, gboolean is_open_metrics,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
GBytes *bv_metrics_page_make_finish (GAsyncResult *result, GError **error);

G_END_DECLS
