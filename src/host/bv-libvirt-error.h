/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-error.h"

G_BEGIN_DECLS

gboolean bv_set_error_from_libvirt (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
