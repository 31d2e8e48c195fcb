/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-names.h"

#include <string.h>

#include "model/bv-vmi-private.h"

#define DIGEST_LENGTH 20
#define SALT "https://barevirt.org/network/1"

static void
digest_text (const char *text, guint8 digest[DIGEST_LENGTH])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  gsize length = DIGEST_LENGTH;

  g_checksum_update (checksum, (const guchar *)SALT, -1);
  g_checksum_update (checksum, (const guchar *)text, -1);
  g_checksum_get_digest (checksum, digest, &length);
}

static const char *
get_machine (BvVmi *vmi)
{
  const BvApiFirmware *firmware = bv_vmi_get_record (vmi)->spec->domain->firmware;
  const char *uuid = firmware != NULL ? firmware->uuid : NULL;

  return uuid != NULL ? uuid : bv_object_get_uid (BV_OBJECT (vmi));
}

static void
digest_interface (BvVmi *vmi, const BvApiInterface *interface, guint8 digest[DIGEST_LENGTH])
{
  g_autofree char *text =
      g_strjoin ("/", get_machine (vmi), bv_object_get_namespace (BV_OBJECT (vmi)),
                 bv_object_get_name (BV_OBJECT (vmi)), interface->name, NULL);

  digest_text (text, digest);
}

static char *
make_name (const char *prefix, BvVmi *vmi, const BvApiInterface *interface)
{
  guint8 d[DIGEST_LENGTH];

  digest_interface (vmi, interface, d);
  return g_strdup_printf ("%s%02x%02x%02x%02x%02x", prefix, d[0], d[1], d[2], d[3], d[4]);
}

static gboolean
is_set (const char *text)
{
  return text != NULL && text[0] != '\0';
}

/* In libvirt's spelling. One that we make is locally administered. */
char *
bv_network_names_make_mac (BvVmi *vmi, const BvApiInterface *interface)
{
  guint8 d[DIGEST_LENGTH];
  char *mac;

  if (is_set (interface->mac_address))
    {
      mac = g_ascii_strdown (interface->mac_address, -1);
      return g_strdelimit (mac, "-", ':');
    }
  digest_interface (vmi, interface, d);
  return g_strdup_printf ("02:%02x:%02x:%02x:%02x:%02x", d[5], d[6], d[7], d[8], d[9]);
}

char *
bv_network_names_make_tap (BvVmi *vmi, const BvApiInterface *interface)
{
  return make_name ("bvt", vmi, interface);
}

char *
bv_network_names_make_own_network (BvVmi *vmi, const BvApiInterface *interface)
{
  return make_name (BV_SHARED_NETWORK "-", vmi, interface);
}

char *
bv_network_names_make_own_bridge (BvVmi *vmi, const BvApiInterface *interface)
{
  return make_name ("bvb", vmi, interface);
}

char *
bv_network_names_make_uuid (const char *network)
{
  guint8 u[DIGEST_LENGTH];

  digest_text (network, u);
  u[6] = (u[6] & 0x0f) | 0x50;
  u[8] = (u[8] & 0x3f) | 0x80;
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
                          u[12], u[13], u[14], u[15]);
}
