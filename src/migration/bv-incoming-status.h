/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-store-batch.h"

G_BEGIN_DECLS

/* Leaves in the status of ROW, a VM, VMI or migration that another host sent, what that host may
 * tell; what is not as this host itself writes it is an error. */
gboolean bv_incoming_status_clean (BvStoreRow *row, GError **error);

G_END_DECLS
