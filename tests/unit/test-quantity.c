/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-quantity.h"

/* Kubernetes' resource.Quantity: what it reads, how it rounds and caps, and how it writes. */

#define MOST G_MAXINT64

typedef struct
{
  const char *text;
  gint64 units;
  gint32 nanos;
  gint64 value; /* whole units, as QEMU gets them */
  gint64 milli;
  const char *canonical;
} Row;

static const Row rows[] = {
  { "0", 0, 0, 0, 0, "0" },
  { "-0", 0, 0, 0, 0, "0" },
  { "00", 0, 0, 0, 0, "0" },
  { "0Ki", 0, 0, 0, 0, "0" },
  { "0e5", 0, 0, 0, 0, "0" },
  { "0.000m", 0, 0, 0, 0, "0" },
  { "5", 5, 0, 5, 5000, "5" },
  { "+5", 5, 0, 5, 5000, "5" },
  { "005", 5, 0, 5, 5000, "5" },
  { "5.", 5, 0, 5, 5000, "5" },
  { ".5", 0, 500000000, 1, 500, "500m" },
  { "0.5", 0, 500000000, 1, 500, "500m" },
  { "1.0", 1, 0, 1, 1000, "1" },
  { "1500", 1500, 0, 1500, 1500000, "1500" },
  { "1080000", 1080000, 0, 1080000, 1080000000, "1080k" },
  /* each suffix */
  { "1n", 0, 1, 1, 1, "1n" },
  { "1u", 0, 1000, 1, 1, "1u" },
  { "1m", 0, 1000000, 1, 1, "1m" },
  { "500m", 0, 500000000, 1, 500, "500m" },
  { "1500m", 1, 500000000, 2, 1500, "1500m" },
  { "5000m", 5, 0, 5, 5000, "5" },
  { "1k", 1000, 0, 1000, 1000000, "1k" },
  { "1000", 1000, 0, 1000, 1000000, "1k" },
  { "1M", 1000000, 0, 1000000, 1000000000, "1M" },
  { "1000M", 1000000000, 0, 1000000000, 1000000000000, "1G" },
  { "0.001T", 1000000000, 0, 1000000000, 1000000000000, "1G" },
  { "1500M", 1500000000, 0, 1500000000, 1500000000000, "1500M" },
  { "1T", 1000000000000, 0, 1000000000000, 1000000000000000, "1T" },
  { "1P", 1000000000000000, 0, 1000000000000000, 1000000000000000000, "1P" },
  { "1E", 1000000000000000000, 0, 1000000000000000000, MOST, "1E" },
  { "1Ki", 1024, 0, 1024, 1024000, "1Ki" },
  { "128Mi", 134217728, 0, 134217728, 134217728000, "128Mi" },
  { "1Gi", 1073741824, 0, 1073741824, 1073741824000, "1Gi" },
  { "1024Mi", 1073741824, 0, 1073741824, 1073741824000, "1Gi" },
  { "1.5Gi", 1610612736, 0, 1610612736, 1610612736000, "1536Mi" },
  { "0.5Gi", 536870912, 0, 536870912, 536870912000, "512Mi" },
  { "1025024Mi", 1074815565824, 0, 1074815565824, 1074815565824000, "1001Gi" },
  { "1Ti", 1099511627776, 0, 1099511627776, 1099511627776000, "1Ti" },
  { "1Pi", 1125899906842624, 0, 1125899906842624, 1125899906842624000, "1Pi" },
  { "1Ei", 1152921504606846976, 0, 1152921504606846976, MOST, "1Ei" },
  /* Amounts that powers of 1024 cannot tell go back to thousands. */
  { "0.5Ki", 512, 0, 512, 512000, "512" },
  { "0.1Gi", 107374182, 400000000, 107374183, 107374182400, "107374182400m" },
  { "0.001Ki", 1, 24000000, 2, 1024, "1024m" },
  /* exponents */
  { "2e3", 2000, 0, 2000, 2000000, "2e3" },
  { "2E3", 2000, 0, 2000, 2000000, "2e3" },
  { "2e+3", 2000, 0, 2000, 2000000, "2e3" },
  { "5.5e3", 5500, 0, 5500, 5500000, "5500" },
  { ".001e12", 1000000000, 0, 1000000000, 1000000000000, "1e9" },
  { "1e-3", 0, 1000000, 1, 1, "1e-3" },
  { "1000e-12", 0, 1, 1, 1, "1e-9" },
  { "80e-3", 0, 80000000, 1, 80, "80e-3" },
  { "1e0", 1, 0, 1, 1000, "1" },
  /* signs */
  { "-1Gi", -1073741824, 0, -1073741824, -1073741824000, "-1Gi" },
  { "-0.5", -1, 500000000, -1, -500, "-500m" },
  { "-1500m", -2, 500000000, -2, -1500, "-1500m" },
  { "-1.0000005", -2, 999999500, -2, -1001, "-1000000500n" },
  /* Below a nano unit all is rounded up, away from zero. */
  { "0.1n", 0, 1, 1, 1, "1n" },
  { "1.1n", 0, 2, 1, 1, "2n" },
  { "-0.1n", -1, 999999999, -1, -1, "-1n" },
  { "0.0000000001", 0, 1, 1, 1, "1n" },
  { "1.0000000001", 1, 1, 2, 1001, "1000000001n" },
  { "1e-20", 0, 1, 1, 1, "1e-9" },
  { "1e-99999999999", 0, 1, 1, 1, "1e-9" },
  { "1.00000000000000000000000000000000000000000000000001", 1, 1, 2, 1001, "1000000001n" },
  /* precision */
  { "123456789012.123456789", 123456789012, 123456789, 123456789013, 123456789012124,
    "123456789012123456789n" },
  { "123456789012345678905n", 123456789012, 345678905, 123456789013, 123456789012346,
    "123456789012345678905n" },
  { "1000000000000000000000000n", 1000000000000000, 0, 1000000000000000, 1000000000000000000,
    "1P" },
  { "0.00000000000000000000000000000000000000001E", 0, 1, 1, 1, "1n" },
  { "1.000000000000000000001Pi", 1125899906842624, 1126, 1125899906842625, 1125899906842624001,
    "1125899906842624000001126n" },
  { "0.0009765625Ki", 1, 0, 1, 1000, "1" },
  /* overflow */
  { "9223372036854775807", MOST, 0, MOST, MOST, "9223372036854775807" },
  { "9223372036854775808", MOST, 0, MOST, MOST, "9223372036854775807" },
  { "7Ei", 8070450532247928832, 0, 8070450532247928832, MOST, "7Ei" },
  { "8Ei", MOST, 0, MOST, MOST, "9223372036854775807" },
  { "99999999999999999999999999999999999999999999Ei", MOST, 0, MOST, MOST, "9223372036854775807" },
  { "-8Ei", -MOST, 0, -MOST, G_MININT64, "-9223372036854775807" },
  { "1e99", MOST, 0, MOST, MOST, "9223372036854775807" },
  { "1e99999999999", MOST, 0, MOST, MOST, "9223372036854775807" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  BvQuantity quantity = { 0 };
  BvQuantity again = { 0 };
  g_autofree char *canonical = NULL;

  g_assert_true (bv_quantity_parse (row->text, &quantity));
  g_assert_true (quantity.text == row->text);
  g_assert_true (bv_quantity_is_given (&quantity));
  g_assert_cmpint (quantity.units, ==, row->units);
  g_assert_cmpint (quantity.nanos, ==, row->nanos);
  g_assert_cmpint (bv_quantity_value (&quantity), ==, row->value);
  g_assert_cmpint (bv_quantity_milli_value (&quantity), ==, row->milli);
  canonical = bv_quantity_to_string (&quantity);
  g_assert_cmpstr (canonical, ==, row->canonical);
  g_assert_true (bv_quantity_parse (canonical, &again));
  g_assert_cmpint (bv_quantity_compare (&quantity, &again), ==, 0);
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "",    "-",   "+",    ".",    "Gi",    "1.1.M", "1+1.0M", "0.1mi", "0.1am",  "aoeu",
    ".5i", "1i",  "1 ",   " 1",   "1 Gi",  "1GI",   "1gi",    "1K",    "1Mb",    "1GiB",
    "1e",  "1e+", "1e-",  "1ee3", "1e1.5", "--1",   "1-",     "0x10",  "1,000",  "infinity",
    "NaN", "1mm", "1Kim", "1\n",  "½",     "1_000", "1E3i",   "1e3k",  "3.01e-", "1Zi",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      BvQuantity quantity = { 0 };

      g_test_message ("“%s”", texts[i]);
      g_assert_false (bv_quantity_parse (texts[i], &quantity));
      g_assert_false (bv_quantity_is_given (&quantity));
    }
}

static void
test_order (void)
{
  static const char *const rising[] = { "-8Ei", "-1Gi", "-1G", "-1500m", "-1",  "-500m", "-1n",
                                        "0",    "1n",   "1u",  "999u",   "1m",  "0.5",   "999m",
                                        "1",    "1k",   "1Ki", "1M",     "1Mi", "1e9",   "1Gi",
                                        "1T",   "1Ti",  "1P",  "1E",     "1Ei", "8Ei" };

  for (gsize i = 0; i < G_N_ELEMENTS (rising); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (rising); j++)
      {
        BvQuantity a = { 0 };
        BvQuantity b = { 0 };

        g_assert_true (bv_quantity_parse (rising[i], &a));
        g_assert_true (bv_quantity_parse (rising[j], &b));
        g_assert_cmpint (bv_quantity_compare (&a, &b), ==, (i > j) - (i < j));
        g_assert_cmpint (bv_quantity_sign (&a), ==, (i > 7) - (i < 7));
        g_assert_cmpint (bv_quantity_is_zero (&a), ==, i == 7);
      }
}

/* The same amount, however it is written. */
static void
test_equal (void)
{
  static const char *const pairs[][2] = {
    { "1Gi", "1073741824" }, { "1Gi", "1024Mi" }, { "0.5", "500m" },     { "2e3", "2k" },
    { "1500m", "1.5" },      { "1Ei", "1024Pi" }, { "1.5Gi", "1536Mi" }, { "1000u", "1m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      BvQuantity a = { 0 };
      BvQuantity b = { 0 };

      g_assert_true (bv_quantity_parse (pairs[i][0], &a));
      g_assert_true (bv_quantity_parse (pairs[i][1], &b));
      g_assert_cmpint (bv_quantity_compare (&a, &b), ==, 0);
    }
}

/* Whole numbers of bytes, of any size, are written and read back unchanged. */
static void
test_random (void)
{
  for (int i = 0; i < 20000; i++)
    {
      gint64 value = (gint64)(((guint64)g_test_rand_int () << 32 | (guint32)g_test_rand_int ()) >>
                              g_test_rand_int_range (1, 64));
      g_autofree char *binary = bv_quantity_format_binary (value);
      g_autofree char *plain = g_strdup_printf ("%" G_GINT64_FORMAT, value);
      g_autofree char *decimal = NULL;
      BvQuantity quantity = { 0 };

      g_assert_true (bv_quantity_parse (binary, &quantity));
      g_assert_cmpint (quantity.units, ==, value);
      g_assert_cmpint (quantity.nanos, ==, 0);
      g_assert_true (bv_quantity_parse (plain, &quantity));
      decimal = bv_quantity_to_string (&quantity);
      g_assert_true (bv_quantity_parse (decimal, &quantity));
      g_assert_cmpint (bv_quantity_value (&quantity), ==, value);
    }
}

static void
test_format_binary (void)
{
  static const struct
  {
    gint64 value;
    const char *text;
  } values[] = {
    { 0, "0" },
    { 1000, "1k" },
    { 1023, "1023" },
    { 1024, "1Ki" },
    { 1025, "1025" },
    { 1536, "1536" },
    { -1024, "-1Ki" },
    { 4294967296, "4Gi" },
    { 6442450944, "6Gi" },
    { 1073742848, "1048577Ki" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = bv_quantity_format_binary (values[i].value);

      g_assert_cmpstr (text, ==, values[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/quantity/", rows[i].text, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/quantity/refused", test_refused);
  g_test_add_func ("/quantity/order", test_order);
  g_test_add_func ("/quantity/equal", test_equal);
  g_test_add_func ("/quantity/random", test_random);
  g_test_add_func ("/quantity/format-binary", test_format_binary);
  return g_test_run ();
}
