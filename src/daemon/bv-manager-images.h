/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* The methods of the manager about the cache of container images. */
void bv_manager_get_images (BvRequest *request, gpointer user_data);
void bv_manager_prune_images (BvRequest *request, gpointer user_data);

G_END_DECLS
