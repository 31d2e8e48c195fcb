/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-timer.h"

/* What is called appends its name here. */
typedef struct
{
  GString *calls;
  BvTimer *other;
} Log;

typedef struct
{
  Log *log;
  char name;
} Call;

static void
called_cb (gpointer data)
{
  const Call *call = data;

  g_string_append_c (call->log->calls, call->name);
}

static void
called_and_cancels_cb (gpointer data)
{
  const Call *call = data;

  called_cb (data);
  bv_timer_cancel (g_steal_pointer (&call->log->other));
}

static void
called_and_goes_on_cb (gpointer data)
{
  const Call *call = data;

  called_cb (data);
  if (call->log->calls->len < 3)
    bv_timer_new (1, called_and_goes_on_cb, data);
}

static void
takes_a_millisecond_cb (gpointer data)
{
  const gint64 end = g_get_monotonic_time () + 1000;

  called_cb (data);
  while (g_get_monotonic_time () < end)
    ;
}

static void
run_until (const Log *log, gsize n)
{
  while (log->calls->len < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
finish (Log *log, const char *expected)
{
  g_assert_cmpstr (log->calls->str, ==, expected);
  g_assert_false (g_main_context_pending (NULL));
  g_string_free (log->calls, TRUE);
}

static void
test_order (void)
{
  Log log = { .calls = g_string_new (NULL) };
  Call calls[] = { { &log, 'c' }, { &log, 'a' }, { &log, 'b' }, { &log, 'd' } };

  bv_timer_new (60, called_cb, &calls[0]);
  bv_timer_new (0, called_cb, &calls[1]);
  bv_timer_new (30, called_cb, &calls[2]);
  bv_timer_new_seconds (1, called_cb, &calls[3]);
  run_until (&log, 4);
  finish (&log, "abcd");
}

static void
test_not_before (void)
{
  const gint64 begin = g_get_monotonic_time ();
  Log log = { .calls = g_string_new (NULL) };
  Call exact = { &log, 'a' };
  Call about = { &log, 'b' };

  bv_timer_new (20, called_cb, &exact);
  run_until (&log, 1);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 20 * 1000);
  bv_timer_new_seconds (1, called_cb, &about);
  run_until (&log, 2);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 1020 * 1000);
  finish (&log, "ab");
}

static void
test_cancelled (void)
{
  Log log = { .calls = g_string_new (NULL) };
  Call first = { &log, 'a' };
  Call never = { &log, 'b' };
  Call last = { &log, 'c' };

  bv_timer_cancel (bv_timer_new (0, called_cb, &never));
  log.other = bv_timer_new (2, called_cb, &never);
  bv_timer_new (1, called_and_cancels_cb, &first);
  bv_timer_new (20, called_cb, &last);
  run_until (&log, 2);
  finish (&log, "ac");
}

/* One that is due may cancel the only other, and may make the next. */
static void
test_from_a_call (void)
{
  Log log = { .calls = g_string_new (NULL) };
  Call call = { &log, 'a' };

  log.other = bv_timer_new (60 * 1000, called_cb, &call);
  bv_timer_new (0, called_and_cancels_cb, &call);
  run_until (&log, 1);
  bv_timer_new (0, called_and_goes_on_cb, &call);
  run_until (&log, 3);
  finish (&log, "aaa");
}

/* However many are due, others get their turn. */
static void
test_turn (void)
{
  Log log = { .calls = g_string_new (NULL) };
  Call call = { &log, 'a' };

  for (guint i = 0; i < 20; i++)
    bv_timer_new (0, takes_a_millisecond_cb, &call);
  while (!g_main_context_iteration (NULL, TRUE))
    ;
  g_assert_cmpuint (log.calls->len, >, 0);
  g_assert_cmpuint (log.calls->len, <=, 2);
  run_until (&log, 20);
  g_assert_false (g_main_context_pending (NULL));
  g_string_free (log.calls, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timer/order", test_order);
  g_test_add_func ("/timer/not-before", test_not_before);
  g_test_add_func ("/timer/cancelled", test_cancelled);
  g_test_add_func ("/timer/from-a-call", test_from_a_call);
  g_test_add_func ("/timer/turn", test_turn);
  return g_test_run ();
}
