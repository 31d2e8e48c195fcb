/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/connection/bv-call-queue.h"

/* Calls are named by strings; the literals' addresses tell them apart. */
static char A1[] = "a1", A2[] = "a2", B1[] = "b1", N1[] = "n1", N2[] = "n2";

static void
assert_pop (BvCallQueue *queue, const char *expected)
{
  const char *call = bv_call_queue_pop (queue);

  g_assert_cmpstr (call, ==, expected);
}

static void
test_order (void)
{
  g_autoptr (BvCallQueue) queue = bv_call_queue_new ();

  bv_call_queue_push (queue, "a", A1);
  bv_call_queue_push (queue, "a", A2);
  bv_call_queue_push (queue, "b", B1);

  assert_pop (queue, "a1");
  assert_pop (queue, "b1");
  assert_pop (queue, NULL);
  g_assert_false (bv_call_queue_has_ready (queue));

  bv_call_queue_finish (queue, "a", FALSE);
  assert_pop (queue, "a2");
  bv_call_queue_finish (queue, "a", FALSE);
  bv_call_queue_finish (queue, "b", FALSE);
  assert_pop (queue, NULL);
}

static void
test_no_vm (void)
{
  g_autoptr (BvCallQueue) queue = bv_call_queue_new ();

  bv_call_queue_push (queue, NULL, N1);
  bv_call_queue_push (queue, NULL, N2);
  assert_pop (queue, "n1");
  assert_pop (queue, "n2");
  bv_call_queue_finish (queue, NULL, TRUE);
  bv_call_queue_finish (queue, NULL, FALSE);

  bv_call_queue_push (queue, NULL, N1);
  assert_pop (queue, "n1");
}

static void
test_suspects_share_a_place (void)
{
  g_autoptr (BvCallQueue) queue = bv_call_queue_new ();
  const char *hung[] = { "h0", "h1", "h2", "h3", "h4", "h5" };

  for (gsize i = 0; i < G_N_ELEMENTS (hung); i++)
    {
      bv_call_queue_push (queue, hung[i], (gpointer)hung[i]);
      assert_pop (queue, hung[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (hung); i++)
    {
      bv_call_queue_push (queue, hung[i], (gpointer)hung[i]);
      bv_call_queue_finish (queue, hung[i], TRUE);
    }

  assert_pop (queue, "h0");
  assert_pop (queue, NULL);
  bv_call_queue_push (queue, "a", A1);
  assert_pop (queue, "a1");
  assert_pop (queue, NULL);

  /* An answer frees a VM from sharing, and the next takes the shared place. */
  bv_call_queue_push (queue, "h0", A2);
  bv_call_queue_finish (queue, "h0", FALSE);
  assert_pop (queue, "a2");
  assert_pop (queue, "h1");
  assert_pop (queue, NULL);

  bv_call_queue_forgive (queue, "h3");
  assert_pop (queue, "h3");
  assert_pop (queue, NULL);

  /* Forgiven in flight: the shared place is free only when its call is over. */
  bv_call_queue_forgive (queue, "h1");
  assert_pop (queue, NULL);
  bv_call_queue_finish (queue, "h1", FALSE);
  assert_pop (queue, "h2");
}

static void
test_remove (void)
{
  g_autoptr (BvCallQueue) queue = bv_call_queue_new ();

  bv_call_queue_push (queue, "a", A1);
  bv_call_queue_push (queue, "a", A2);
  bv_call_queue_push (queue, NULL, N1);
  g_assert_true (bv_call_queue_remove (queue, "a", A1));
  g_assert_false (bv_call_queue_remove (queue, "a", A1));
  g_assert_false (bv_call_queue_remove (queue, "b", A2));
  g_assert_true (bv_call_queue_remove (queue, NULL, N1));
  g_assert_false (bv_call_queue_remove (queue, NULL, N1));
  assert_pop (queue, "a2");
  g_assert_false (bv_call_queue_remove (queue, "a", A2));
  assert_pop (queue, NULL);
}

static void
test_drain (void)
{
  g_autoptr (BvCallQueue) queue = bv_call_queue_new ();
  g_autoptr (GPtrArray) calls = NULL;

  bv_call_queue_push (queue, "a", A1);
  bv_call_queue_push (queue, "a", A2);
  assert_pop (queue, "a1");
  bv_call_queue_push (queue, "b", B1);
  bv_call_queue_push (queue, NULL, N1);

  calls = bv_call_queue_drain (queue);
  g_assert_cmpuint (calls->len, ==, 3);
  g_assert_true (g_ptr_array_find (calls, A2, NULL));
  g_assert_true (g_ptr_array_find (calls, B1, NULL));
  g_assert_true (g_ptr_array_find (calls, N1, NULL));
  assert_pop (queue, NULL);

  /* The call in flight is still accounted for. */
  bv_call_queue_push (queue, "a", A2);
  assert_pop (queue, NULL);
  bv_call_queue_finish (queue, "a", FALSE);
  assert_pop (queue, "a2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-queue/order", test_order);
  g_test_add_func ("/call-queue/no-vm", test_no_vm);
  g_test_add_func ("/call-queue/suspects-share-a-place", test_suspects_share_a_place);
  g_test_add_func ("/call-queue/remove", test_remove);
  g_test_add_func ("/call-queue/drain", test_drain);
  return g_test_run ();
}
