/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-io-retry.h"

#define SECOND G_USEC_PER_SEC

/* At once, then 10 s after the last time, and twice as long for as long as it does not help. */
static void
test_back_off (void)
{
  static const guint waits[] = { 10, 20, 40, 80, 160, 180, 180 };
  BvIoRetry retry = { 0 };
  gint64 now = 1000 * SECOND;

  g_assert_cmpuint (bv_io_retry_next (&retry, now), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      bv_io_retry_note (&retry, now);
      now += SECOND;
      g_assert_cmpuint (bv_io_retry_next (&retry, now), ==, waits[i] - 1);
      now += (waits[i] - 1) * SECOND;
    }
}

/* Half a minute without trouble: the next trouble is another. */
static void
test_forgets (void)
{
  BvIoRetry retry = { 0 };
  gint64 now = SECOND;

  bv_io_retry_next (&retry, now);
  bv_io_retry_note (&retry, now);
  g_assert_cmpuint (bv_io_retry_next (&retry, now + 30 * SECOND), ==, 0);
  bv_io_retry_note (&retry, now);
  g_assert_cmpuint (bv_io_retry_next (&retry, now + 2 * SECOND), ==, 18);
  g_assert_cmpuint (bv_io_retry_next (&retry, now + 31 * SECOND), ==, 0);
  bv_io_retry_note (&retry, now + 31 * SECOND);
  g_assert_cmpuint (bv_io_retry_next (&retry, now + 31 * SECOND), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io-retry/back-off", test_back_off);
  g_test_add_func ("/io-retry/forgets", test_forgets);
  return g_test_run ();
}
