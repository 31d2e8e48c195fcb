/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes of what skopeo failed with a sentence that says what to do. Takes FAILURE. */
void bv_skopeo_error_propagate (GError **error, GError *failure);

G_END_DECLS
