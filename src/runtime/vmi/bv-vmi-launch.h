/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* The second half of a start: defines the domain and starts it. It touches nothing of the VMI's
 * object. */
void bv_vmi_launch_async (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                          const char *xml, const char *runtime_directory, gboolean paused,
                          GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_vmi_launch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
