/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "model/bv-quantity.h"

/* Amounts: what was read is written in its usual form, which reads as the same amount. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *usual = NULL;
  g_autofree char *binary = NULL;
  BvQuantity quantity;
  BvQuantity again;

  if (!bv_quantity_parse (text, &quantity))
    return 0;
  g_assert_cmpint (quantity.nanos, >=, 0);
  g_assert_cmpint (quantity.nanos, <, 1000000000);
  usual = bv_quantity_to_string (&quantity);
  g_assert_true (bv_quantity_parse (usual, &again));
  g_assert_cmpint (bv_quantity_compare (&quantity, &again), ==, 0);
  binary = bv_quantity_format_binary (bv_quantity_value (&quantity));
  g_assert_true (bv_quantity_parse (binary, &again));
  g_assert_cmpint (bv_quantity_value (&again), ==, bv_quantity_value (&quantity));
  g_assert_cmpint (bv_quantity_sign (&quantity) < 0, ==, bv_quantity_milli_value (&quantity) < 0);
  return 0;
}
