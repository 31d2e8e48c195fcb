/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A Kubernetes quantity: units + nanos / 10^9, with 0 <= nanos < 10^9, and the text that it was
 * given as. An amount that was not given has no text. */
typedef struct
{
  const char *text;
  gint64 units;
  gint32 nanos;
} BvQuantity;

gboolean bv_quantity_parse (const char *text, BvQuantity *quantity);
gboolean bv_quantity_is_given (const BvQuantity *self);
gboolean bv_quantity_is_zero (const BvQuantity *self);
int bv_quantity_sign (const BvQuantity *self);
int bv_quantity_compare (const BvQuantity *a, const BvQuantity *b);
gint64 bv_quantity_value (const BvQuantity *self);
gint64 bv_quantity_milli_value (const BvQuantity *self);
char *bv_quantity_to_string (const BvQuantity *self);
char *bv_quantity_format_binary (gint64 value);

G_END_DECLS
