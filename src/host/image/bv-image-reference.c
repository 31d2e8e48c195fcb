/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-image-reference.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define LONGEST_NAME 4096

#define COMPONENT "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
#define HOST "(?:[A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?"

/* Host, repository, tag and digest. */
#define REGISTRY_NAME                                                                              \
  "^(?:(" HOST ")/)?(" COMPONENT "(?:/" COMPONENT ")*)"                                            \
  "(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$"

static const struct
{
  const char *prefix;
  BvImageTransport transport;
} local[] = {
  { "docker-archive:", BV_IMAGE_DOCKER_ARCHIVE },
  { "oci-archive:", BV_IMAGE_OCI_ARCHIVE },
  { "oci:", BV_IMAGE_OCI },
};

void
bv_image_reference_free (BvImageReference *self)
{
  g_free (self->name);
  g_free (self->host);
  g_free (self->repository);
  g_free (self->tag);
  g_free (self->digest);
  g_free (self->path);
  g_free (self);
}

static gboolean
is_printable (const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c) || *c == ' ')
      return FALSE;
  return strlen (name) <= LONGEST_NAME;
}

static char *
fetch (GMatchInfo *match, int number)
{
  g_autofree char *text = g_match_info_fetch (match, number);

  return text != NULL && text[0] != '\0' ? g_steal_pointer (&text) : NULL;
}

/* As Docker has it: what has neither a dot nor a port is the first part of a name on docker.io. */
static gboolean
is_host (const char *text)
{
  return strpbrk (text, ".:") != NULL || g_str_equal (text, "localhost");
}

static gboolean
read_registry_name (BvImageReference *self)
{
  g_autoptr (GRegex) regex = g_regex_new (REGISTRY_NAME, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *host = NULL;
  g_autofree char *rest = NULL;

  if (!g_regex_match (regex, self->name, 0, &match))
    return FALSE;
  host = fetch (match, 1);
  if (host != NULL && !is_host (host) && !g_regex_match_simple ("^" COMPONENT "$", host, 0, 0))
    return FALSE;
  rest = fetch (match, 2);
  self->tag = fetch (match, 3);
  self->digest = fetch (match, 4);
  self->repository = host != NULL ? g_strconcat (host, "/", rest, NULL) : g_strdup (rest);
  self->host = g_strdup (host != NULL && is_host (host) ? host : "docker.io");
  return TRUE;
}

/* PATH[:TAG] */
static gboolean
read_local_name (BvImageReference *self, const char *rest)
{
  const char *colon = strchr (rest, ':');

  self->path = colon != NULL ? g_strndup (rest, colon - rest) : g_strdup (rest);
  self->tag = colon != NULL && colon[1] != '\0' ? g_strdup (colon + 1) : NULL;
  return g_path_is_absolute (self->path);
}

static gboolean
read_name (BvImageReference *self)
{
  if (!is_printable (self->name))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (local); i++)
    if (g_str_has_prefix (self->name, local[i].prefix))
      {
        self->transport = local[i].transport;
        return read_local_name (self, self->name + strlen (local[i].prefix));
      }
  return read_registry_name (self);
}

BvImageReference *
bv_image_reference_new (const char *name, GError **error)
{
  g_autoptr (BvImageReference) self = g_new0 (BvImageReference, 1);

  self->name = g_strdup (name);
  if (read_name (self))
    return g_steal_pointer (&self);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("“%s” is no name of a container image. Write it as [HOST[:PORT]/]NAME[:TAG] with "
                  "@sha256:DIGEST or without, or as docker-archive:, oci-archive: or oci: and an "
                  "absolute path."),
               name);
  return NULL;
}

gboolean
bv_image_reference_is_loopback (const BvImageReference *self)
{
  return self->host != NULL &&
         (g_str_equal (self->host, "localhost") || g_str_has_prefix (self->host, "localhost:") ||
          g_regex_match_simple ("^127\\.[0-9]+\\.[0-9]+\\.[0-9]+(:|$)", self->host, 0, 0) ||
          g_str_has_prefix (self->host, "[::1]"));
}

const char *
bv_image_reference_get_default_policy (const BvImageReference *self)
{
  gboolean moves = self->tag == NULL || g_str_equal (self->tag, "latest");

  return moves && self->digest == NULL ? "Always" : "IfNotPresent";
}

char *
bv_image_reference_build_source (const BvImageReference *self, const char *digest)
{
  if (self->transport != BV_IMAGE_REGISTRY)
    return g_strdup (self->name);
  if (digest == NULL)
    digest = self->digest;
  if (digest != NULL)
    return g_strconcat ("docker://", self->repository, "@", digest, NULL);
  return g_strconcat ("docker://", self->repository, ":", self->tag != NULL ? self->tag : "latest",
                      NULL);
}
