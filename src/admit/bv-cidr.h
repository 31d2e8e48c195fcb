/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A range of addresses, as in 10.0.2.0/24; the address may be any one of the range. */
typedef struct
{
  GSocketFamily family;
  guint length; /* bits of the prefix */
  gboolean is_multicast;
  guint8 bytes[16]; /* of the address; the rest is 0 */
} BvCidr;

gboolean bv_cidr_parse (const char *text, BvCidr *cidr);

G_END_DECLS
