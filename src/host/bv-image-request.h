/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* What is to be asked of the store of images for WORK's VMI. SECRET is a name; it, POLICY and the
 * request last as long as WORK. */
gboolean bv_image_request_fill (BvImageRequest *request, const BvVolumeWork *work,
                                const char *reference, const char *policy, const char *secret,
                                GError **error);

G_END_DECLS
