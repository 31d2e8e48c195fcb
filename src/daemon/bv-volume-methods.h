/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* AddVolume and RemoveVolume, which VMs and VMIs have alike. */
extern const char *const bv_add_volume_options[];
void bv_add_volume (BvRequest *request, gpointer user_data);
void bv_remove_volume (BvRequest *request, gpointer user_data);

G_END_DECLS
