/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A claim that guests mount with virtiofs is a folder of the service's state, where no other user
 * of the host gets to: what a guest's root leaves there may be owned by anybody, and be run as
 * anybody. VOLUME is the name of the claim's volume. All of these but the first block. */
char *bv_claim_folder_build_path (const char *state_directory, const char *volume);
gboolean bv_claim_folder_make (const char *state_directory, const char *volume, GError **error);

/* Shows the claim's image, which a DataVolume filled, in its folder: disk.img, as in a cluster. */
gboolean bv_claim_folder_add_image (const char *folder, const char *image, GError **error);

/* It need not be there. RUNTIME_DIRECTORY is the service's. */
gboolean bv_claim_folder_remove (const char *runtime_directory, const char *state_directory,
                                 const char *volume, GError **error);

G_END_DECLS
