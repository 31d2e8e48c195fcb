/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* Makes the networks of a guest that runs known to a service that is new, and makes those of ours
 * again that have gone meanwhile. */
void bv_vmi_networks_restore_async (BvEnvironment *environment, BvVmi *vmi,
                                    const char *runtime_directory, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean bv_vmi_networks_restore_finish (GAsyncResult *result, GError **error);

/* Around all that are restored at once: a guest that is started meanwhile gets its rules with
 * theirs. */
void bv_vmi_networks_begin (BvEnvironment *environment);
void bv_vmi_networks_end (BvEnvironment *environment);

G_END_DECLS
