/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-resolve-private.h"

G_BEGIN_DECLS

/* Takes the kernel and the initial RAM disk out of their container image, if there is one, and
 * adds where they are. */
gboolean bv_kernel_boot_resolve (BvResolver *self, GError **error);

G_END_DECLS
