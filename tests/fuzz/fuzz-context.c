/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "convert/bv-context.h"

/* The facts about a host; what was read is written and read again. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = bv_context_new_from_json (text, &error);
  g_autoptr (BvContext) again = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_assert_true ((context == NULL) == (error != NULL));
  if (context == NULL)
    return 0;
  first = bv_context_to_json (context);
  again = bv_context_new_from_json (first, &error);
  g_assert_no_error (error);
  second = bv_context_to_json (again);
  g_assert_cmpstr (first, ==, second);
  return 0;
}
