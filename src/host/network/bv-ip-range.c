/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-ip-range.h"

#include "admit/bv-cidr.h"

#include <string.h>

#define COUNTED_BITS 62

static guint
count_bits (const BvIpRange *self)
{
  return self->family == G_SOCKET_FAMILY_IPV6 ? 128 : 32;
}

static void
clear_rest (BvIpRange *self)
{
  guint bits = count_bits (self);

  for (guint i = self->length; i < bits; i++)
    self->bytes[i / 8] &= ~(0x80 >> (i % 8));
}

/* FALSE where TEXT is not an address, a slash and the length of a prefix. */
gboolean
bv_ip_range_parse (const char *text, BvIpRange *range)
{
  BvCidr cidr;

  if (text == NULL || !bv_cidr_parse (text, &cidr))
    return FALSE;
  *range = (BvIpRange){ .family = cidr.family, .length = cidr.length };
  memcpy (range->bytes, cidr.bytes, sizeof cidr.bytes);
  clear_rest (range);
  return TRUE;
}

gboolean
bv_ip_range_overlaps (const BvIpRange *a, const BvIpRange *b)
{
  BvIpRange wide = a->length < b->length ? *a : *b;
  BvIpRange narrow = a->length < b->length ? *b : *a;

  if (wide.family != narrow.family)
    return FALSE;
  narrow.length = wide.length;
  clear_rest (&narrow);
  return memcmp (wide.bytes, narrow.bytes, sizeof wide.bytes) == 0;
}

gboolean
bv_ip_range_contains (const BvIpRange *self, const char *address)
{
  g_autofree char *text = g_strdup_printf ("%s/%u", address, count_bits (self));
  BvIpRange single;

  return bv_ip_range_parse (text, &single) && bv_ip_range_overlaps (self, &single);
}

guint64
bv_ip_range_count (const BvIpRange *self)
{
  return G_GUINT64_CONSTANT (1) << MIN (count_bits (self) - self->length, COUNTED_BITS);
}

char *
bv_ip_range_get_address (const BvIpRange *self, guint64 index)
{
  g_autoptr (GInetAddress) address = NULL;
  guint8 bytes[16];
  guint last = count_bits (self) / 8 - 1;

  memcpy (bytes, self->bytes, sizeof bytes);
  for (guint i = 0; i < 8 && i <= last; i++)
    bytes[last - i] |= (guint8)(index >> (8 * i));
  address = g_inet_address_new_from_bytes (bytes, self->family);
  return g_inet_address_to_string (address);
}

char *
bv_ip_range_to_string (const BvIpRange *self)
{
  g_autofree char *address = bv_ip_range_get_address (self, 0);

  return g_strdup_printf ("%s/%u", address, self->length);
}
