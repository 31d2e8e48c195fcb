/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-machine-uuid.h"

#include <string.h>

/* The name space of our UUIDs, itself a random UUID. */
static const guint8 name_space[16] = { 0x8c, 0x5b, 0x2f, 0x0e, 0x6d, 0x41, 0x4b, 0x3a,
                                       0x9f, 0x57, 0x1e, 0xc4, 0x70, 0xa2, 0x3d, 0x96 };

static void
hash (const char *text, guint8 digest[20])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  gsize length = 20;

  g_checksum_update (checksum, name_space, sizeof name_space);
  g_checksum_update (checksum, (const guchar *)text, strlen (text));
  g_checksum_get_digest (checksum, digest, &length);
}

/* The UUID that the firmware of this object's guest reports where its manifest names none: always
 * the same for one uid, or for one name while there is no uid (version 5 of RFC 4122). */
char *
bv_machine_uuid_new (const BvApiObjectMeta *metadata, BvArena *arena)
{
  g_autofree char *name = NULL;
  guint8 u[20];

  if (metadata != NULL && metadata->uid != NULL && metadata->uid[0] != '\0')
    name = g_strdup (metadata->uid);
  else
    name = g_strconcat (metadata == NULL || metadata->namespace == NULL ? "default"
                                                                        : metadata->namespace,
                        "/", metadata == NULL ? NULL : metadata->name, NULL);
  hash (name, u);
  u[6] = (u[6] & 0x0f) | 0x50;
  u[8] = (u[8] & 0x3f) | 0x80;
  return bv_arena_printf (
      arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
      u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}
