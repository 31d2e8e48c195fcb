/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* Migrate, of a VM and of a VMI. */
extern const char *const bv_migrate_options[];
void bv_migrate (BvRequest *request, gpointer user_data);

G_END_DECLS
