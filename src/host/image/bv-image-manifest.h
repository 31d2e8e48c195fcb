/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file of the registry's: the digest is checked, and so is part of no other path. */
typedef struct
{
  char *digest; /* sha256: and 64 digits */
  guint64 size;
} BvImageBlob;

/* What an image is made of. */
typedef struct
{
  char *instance;    /* the digest of the one for this architecture, of a list of images; or ... */
  GPtrArray *layers; /* ... BvImageBlob, the lowest first */
} BvImageManifest;

BvImageManifest *bv_image_manifest_new (const char *text, const char *architecture, GError **error);
void bv_image_manifest_free (BvImageManifest *self);

/* What all layers take, or G_MAXUINT64. */
guint64 bv_image_manifest_get_size (const BvImageManifest *self);

/* The digest that the one entry of a layout's index has. */
char *bv_image_manifest_read_index (const char *text, GError **error);
char *bv_image_manifest_compute_digest (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageManifest, bv_image_manifest_free)

G_END_DECLS
