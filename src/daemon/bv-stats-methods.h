/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* GetStats and GetAllStats, each a BvRequestFunc. */
void bv_vmi_get_stats (BvRequest *request, gpointer user_data);
void bv_manager_get_all_stats (BvRequest *request, gpointer user_data);

G_END_DECLS
