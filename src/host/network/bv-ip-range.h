/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A range of IP addresses, as in 10.0.2.0/24. The bits behind the prefix are zero. */
typedef struct
{
  GSocketFamily family;
  guint8 bytes[16];
  guint length; /* bits of the prefix */
} BvIpRange;

gboolean bv_ip_range_parse (const char *text, BvIpRange *range);
gboolean bv_ip_range_overlaps (const BvIpRange *a, const BvIpRange *b);
gboolean bv_ip_range_contains (const BvIpRange *self, const char *address);

/* How many addresses there are, as far as one counts. */
guint64 bv_ip_range_count (const BvIpRange *self);
char *bv_ip_range_get_address (const BvIpRange *self, guint64 index);
char *bv_ip_range_to_string (const BvIpRange *self);

G_END_DECLS
