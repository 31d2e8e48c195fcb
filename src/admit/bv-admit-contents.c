/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-kinds.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ConfigMaps and Secrets: files by name. No message tells what is in one. */

#define LONGEST_KEY 253
#define LARGEST_CONTENTS (1024 * 1024)

typedef struct
{
  BvAdmission *admission;
  gsize size; /* of all values */
} Contents;

/* As the manifest's own causes write it. */
static const char *
at (BvAdmission *self, const char *map, const char *key)
{
  return bv_arena_printf (self->arena, strpbrk (key, "./") == NULL ? "%s.%s" : "%s[\"%s\"]", map,
                          key);
}

static gboolean
is_key (const char *key)
{
  for (const char *c = key; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("-._", *c) == NULL)
      return FALSE;
  return key[0] != '\0' && strlen (key) <= LONGEST_KEY && !g_str_equal (key, ".") &&
         !g_str_has_prefix (key, "..");
}

static void
admit_pairs (Contents *self, const BvStringPair *pairs, guint n_pairs, const char *map,
             gboolean base64)
{
  for (guint i = 0; i < n_pairs; i++)
    {
      gsize length = strlen (pairs[i].value);

      if (base64)
        bv_text_measure_base64 (pairs[i].value, &length);
      self->size += length;
      if (!is_key (pairs[i].key))
        bv_admission_refuse (
            self->admission, BV_REASON_INVALID, at (self->admission, map, pairs[i].key),
            _ ("“%s” cannot be the name of a file; use at most 253 letters, digits, dashes, "
               "underscores and dots, and no two dots at its beginning."),
            pairs[i].key);
    }
}

static void
admit_size (Contents *self)
{
  if (self->size > LARGEST_CONTENTS)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, "data",
                         _ ("The contents have %" G_GSIZE_FORMAT " bytes; at most %d can be."),
                         self->size, LARGEST_CONTENTS);
}

void
bv_admit_config_map (BvAdmission *self, gconstpointer record)
{
  const BvApiConfigMap *map = record;
  Contents contents = { self, 0 };
  g_auto (BvNameSet) keys = { 0 };

  admit_pairs (&contents, map->data, map->n_data, "data", FALSE);
  admit_pairs (&contents, map->binary_data, map->n_binary_data, "binaryData", TRUE);
  admit_size (&contents);
  for (guint i = 0; i < map->n_data; i++)
    bv_name_set_add (&keys, map->data[i].key, i);
  for (guint i = 0; i < map->n_binary_data; i++)
    if (bv_name_set_find (&keys, map->binary_data[i].key) >= 0)
      bv_admission_refuse (
          self, BV_REASON_INVALID, at (self, "binaryData", map->binary_data[i].key),
          _ ("“%s” stands in data already; keep one of the two."), map->binary_data[i].key);
}

/* What secrets of the types that Kubernetes knows must hold. */
static const struct
{
  const char *type;
  const char *key;
} typed_keys[] = {
  { "kubernetes.io/dockerconfigjson", ".dockerconfigjson" },
  { "kubernetes.io/dockercfg", ".dockercfg" },
  { "kubernetes.io/ssh-auth", "ssh-privatekey" },
  { "kubernetes.io/tls", "tls.crt" },
  { "kubernetes.io/tls", "tls.key" },
};

void
bv_admit_secret (BvAdmission *self, gconstpointer record)
{
  const BvApiSecret *secret = record;
  Contents contents = { self, 0 };

  admit_pairs (&contents, secret->data, secret->n_data, "data", TRUE);
  admit_pairs (&contents, secret->string_data, secret->n_string_data, "stringData", FALSE);
  admit_size (&contents);
  for (gsize i = 0; i < G_N_ELEMENTS (typed_keys); i++)
    if (g_strcmp0 (secret->type, typed_keys[i].type) == 0 &&
        bv_string_map_get (secret->data, secret->n_data, typed_keys[i].key) == NULL &&
        bv_string_map_get (secret->string_data, secret->n_string_data, typed_keys[i].key) == NULL)
      bv_admission_refuse (self, BV_REASON_REQUIRED, at (self, "data", typed_keys[i].key),
                           _ ("A secret of the type %s needs the key %s."), typed_keys[i].type,
                           typed_keys[i].key);
}
