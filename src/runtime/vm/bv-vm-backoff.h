/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long a VM waits before it is started again after FAILURES in a row of VMIs that never ran.
 * SHARE, from 0 to less than 1, is by chance: VMs that failed together do not start together. */
guint bv_vm_backoff_get_seconds (guint failures, double share);

G_END_DECLS
