/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* The file of credentials that skopeo is to read, as text. Of the secret, which may be NULL, it has
 * user names and passwords and nothing else: a file as Docker writes it could also name programs to
 * be run. To be freed with bv_image_credentials_free(). */
char *bv_image_credentials_new (const BvApiSecret *secret, GError **error);
void bv_image_credentials_free (char *text);

G_END_DECLS
