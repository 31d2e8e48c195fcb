/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BV_IMAGE_REGISTRY,
  BV_IMAGE_DOCKER_ARCHIVE,
  BV_IMAGE_OCI,
  BV_IMAGE_OCI_ARCHIVE,
} BvImageTransport;

/* The name of a container image, taken apart. What does not apply is NULL. */
typedef struct
{
  BvImageTransport transport;
  char *name;       /* as it was given */
  char *host;       /* the registry, with its port */
  char *repository; /* with the registry, without tag and digest */
  char *tag;
  char *digest; /* sha256:… */
  char *path;   /* of an archive or a layout */
} BvImageReference;

BvImageReference *bv_image_reference_new (const char *name, GError **error);
void bv_image_reference_free (BvImageReference *self);

/* Whether its registry is on this host, where plain HTTP is as good as any. */
gboolean bv_image_reference_is_loopback (const BvImageReference *self);

/* Kubernetes' rule for those that name no policy. */
const char *bv_image_reference_get_default_policy (const BvImageReference *self);

/* What skopeo takes. DIGEST, if not NULL, replaces tag and digest of one in a registry. */
char *bv_image_reference_build_source (const BvImageReference *self, const char *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvImageReference, bv_image_reference_free)

G_END_DECLS
