/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A group that means: as we are. */
#define BV_NO_GROUP ((guint)-1)

/* A VMI's folder of images. QEMU, by its group, passes through it and opens what is in it, but does
 * not change what is there. All of these block: for worker threads. */
gboolean bv_volume_folder_make (const char *folder, guint group, GError **error);

/* A folder of our own in it, in which an image is made; NULL on error. It ends with
 * bv_volume_folder_remove(). */
char *bv_volume_folder_make_staging (const char *folder, const char *name, GError **error);

/* Removes what a service that was killed was making in it; it need not be there. */
gboolean bv_volume_folder_remove_staging (const char *folder, GError **error);

/* Puts a finished image in its place. It is whole on the disk before it has its name. */
gboolean bv_volume_folder_publish (const char *made, const char *path, guint mode, guint group,
                                   GError **error);

/* Removes FOLDER and all that is in it, and follows no link; it need not be there. */
gboolean bv_volume_folder_remove (const char *folder, GError **error);

G_END_DECLS
