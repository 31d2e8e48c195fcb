/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BV_IMAGE_FILE,
  BV_IMAGE_FOLDER,
  BV_IMAGE_SYMLINK,
  BV_IMAGE_HARD_LINK,
  BV_IMAGE_SPECIAL,
} BvImageEntryKind;

/* What the layers of an image, one over the other, leave of the files that are wanted. Nothing of
 * the image is ever made on this host but these files, under names of our own. */
typedef struct _BvImageTree BvImageTree;

/* PATHS: what is wanted; NULL: the one file in the folder /disk. */
BvImageTree *bv_image_tree_new (const char *const *paths);
void bv_image_tree_free (BvImageTree *self);

/* Takes the next entry of a layer, the lowest of which is 0. WANTED is whether its contents are
 * wanted now, and then NUMBER is the name of the file that they belong into. TARGET is that of a
 * hard link. */
gboolean bv_image_tree_add (BvImageTree *self, guint layer, BvImageEntryKind kind, const char *name,
                            const char *target, gboolean *wanted, guint *number, GError **error);

/* After the last layer: the numbers of the wanted files, in the order of the paths. */
GArray *bv_image_tree_finish (BvImageTree *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageTree, bv_image_tree_free)

G_END_DECLS
