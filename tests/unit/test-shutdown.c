/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/controller/bv-shutdown.h"

#include "runtime/domain/bv-domain.h"
#include "runtime/controller/bv-shutdown-plan.h"

#define NAME "default_ending"
#define SECONDS G_TIME_SPAN_SECOND

static const char domain_xml[] = "<domain type='test'><name>" NAME "</name><memory>65536</memory>"
                                 "<os><type>hvm</type></os></domain>";

typedef struct
{
  gint64 now;
  BvShutdownAction action;
  gint64 wait;
} PlanRow;

static void
assert_plan (BvShutdownPlan *plan, const PlanRow *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      gint64 wait;

      g_assert_cmpint (bv_shutdown_plan_next (plan, rows[i].now, &wait), ==, rows[i].action);
      g_assert_cmpint (wait, ==, rows[i].wait);
    }
}

static void
test_plan (void)
{
  const PlanRow rows[] = {
    { 100 * SECONDS, BV_SHUTDOWN_ASK, 5 * SECONDS },
    { 101 * SECONDS, BV_SHUTDOWN_WAIT, 4 * SECONDS },
    { 105 * SECONDS, BV_SHUTDOWN_ASK, 5 * SECONDS },
    { 110 * SECONDS, BV_SHUTDOWN_ASK, 2 * SECONDS },
    { 112 * SECONDS, BV_SHUTDOWN_KILL, 0 },
    { 120 * SECONDS, BV_SHUTDOWN_KILL, 0 },
  };
  BvShutdownPlan plan;

  bv_shutdown_plan_init (&plan, 100 * SECONDS, 12 * SECONDS);
  assert_plan (&plan, rows, G_N_ELEMENTS (rows));
}

static void
test_plan_no_grace (void)
{
  const PlanRow rows[] = { { 7, BV_SHUTDOWN_KILL, 0 } };
  BvShutdownPlan plan;

  bv_shutdown_plan_init (&plan, 7, 0);
  assert_plan (&plan, rows, G_N_ELEMENTS (rows));
  bv_shutdown_plan_init (&plan, 7, -1);
  assert_plan (&plan, rows, G_N_ELEMENTS (rows));
}

static void
test_plan_heard (void)
{
  const PlanRow before[] = { { 0, BV_SHUTDOWN_ASK, 5 * SECONDS } };
  const PlanRow after[] = { { 5 * SECONDS, BV_SHUTDOWN_WAIT, 25 * SECONDS },
                            { 30 * SECONDS, BV_SHUTDOWN_KILL, 0 } };
  BvShutdownPlan plan;

  bv_shutdown_plan_init (&plan, 0, 30 * SECONDS);
  assert_plan (&plan, before, G_N_ELEMENTS (before));
  plan.is_heard = TRUE;
  assert_plan (&plan, after, G_N_ELEMENTS (after));
}

typedef struct
{
  BvConnection *connection;
  GAsyncResult *result;
  guint n_asked;
  guint n_killed;
  guint n_failed;
  guint n_finished;
} Fixture;

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ((Fixture *)data)->result = g_object_ref (result);
}

static GAsyncResult *
wait_for (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&fixture->result);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture->connection = bv_connection_new ("test:///default");
  bv_connection_start (fixture->connection);
  while (bv_connection_get_state (fixture->connection) != BV_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  bv_domain_define_and_start_async (fixture->connection, NAME, domain_xml, BV_DOMAIN_START_DEFAULT,
                                    NULL, ready_cb, fixture);
  result = wait_for (fixture);
  bv_domain_define_and_start_finish (fixture->connection, result, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  BvConnection *connection = fixture->connection;

  bv_domain_act_async (connection, BV_DOMAIN_UNDEFINE, NAME, NULL, BV_DOMAIN_UNDEFINE_DEFAULT, NULL,
                       ready_cb, fixture);
  result = wait_for (fixture);
  g_assert_true (bv_domain_act_finish (connection, result, NULL));
  g_clear_object (&result);
  bv_connection_stop (connection);
  g_object_add_weak_pointer (G_OBJECT (connection), (gpointer *)&fixture->connection);
  g_object_unref (connection);
  while (fixture->connection != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
count_cb (BvShutdown *shutdown, gpointer data)
{
  (*(guint *)data)++;
}

static void
count_failed_cb (BvShutdown *shutdown, GError *error, gpointer data)
{
  g_test_message ("%s", error->message);
  (*(guint *)data)++;
}

static BvShutdown *
new_shutdown (Fixture *fixture, const char *name, gint64 grace)
{
  BvShutdown *shutdown = bv_shutdown_new (fixture->connection, name, NULL, grace);

  g_signal_connect (shutdown, "asked", G_CALLBACK (count_cb), &fixture->n_asked);
  g_signal_connect (shutdown, "killed", G_CALLBACK (count_cb), &fixture->n_killed);
  g_signal_connect (shutdown, "failed", G_CALLBACK (count_failed_cb), &fixture->n_failed);
  g_signal_connect (shutdown, "finished", G_CALLBACK (count_cb), &fixture->n_finished);
  return shutdown;
}

/* Calls under way hold it until they are over. */
static void
drop (BvShutdown *shutdown)
{
  gpointer alive = shutdown;

  g_object_add_weak_pointer (G_OBJECT (shutdown), &alive);
  g_object_unref (shutdown);
  while (alive != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_state (Fixture *fixture, const char *state, const char *reason)
{
  g_autoptr (GAsyncResult) result = NULL;
  BvDomainState actual_state;
  BvDomainReason actual_reason;

  bv_domain_get_state_async (fixture->connection, NAME, NULL, ready_cb, fixture);
  result = wait_for (fixture);
  g_assert_true (bv_domain_get_state_finish (fixture->connection, result, &actual_state,
                                             &actual_reason, NULL));
  g_assert_cmpstr (bv_domain_state_to_string (actual_state), ==, state);
  g_assert_cmpstr (bv_domain_reason_to_string (actual_reason), ==, reason);
}

static void
wait_finished (Fixture *fixture)
{
  while (fixture->n_finished == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_finished, ==, 1);
  g_assert_cmpuint (fixture->n_failed, ==, 0);
}

static void
test_asked (Fixture *fixture, gconstpointer data)
{
  BvShutdown *shutdown = new_shutdown (fixture, NAME, 30);

  bv_shutdown_start (shutdown);
  wait_finished (fixture);
  g_assert_cmpuint (fixture->n_asked, ==, 1);
  g_assert_cmpuint (fixture->n_killed, ==, 0);
  assert_state (fixture, "Shutoff", "Shutdown");
  drop (shutdown);
}

static void
test_no_grace (Fixture *fixture, gconstpointer data)
{
  BvShutdown *shutdown = new_shutdown (fixture, NAME, 0);

  bv_shutdown_start (shutdown);
  wait_finished (fixture);
  g_assert_cmpuint (fixture->n_asked, ==, 0);
  g_assert_cmpuint (fixture->n_killed, ==, 1);
  assert_state (fixture, "Shutoff", "Destroyed");
  drop (shutdown);
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  BvShutdown *shutdown = new_shutdown (fixture, "default_none", 30);

  bv_shutdown_start (shutdown);
  wait_finished (fixture);
  g_assert_cmpuint (fixture->n_killed, ==, 0);
  drop (shutdown);

  fixture->n_finished = 0;
  shutdown = new_shutdown (fixture, NAME, 0);
  bv_shutdown_start (shutdown);
  wait_finished (fixture);
  drop (shutdown);
}

static void
test_shorten (Fixture *fixture, gconstpointer data)
{
  BvShutdown *shortened = new_shutdown (fixture, NAME, 1000);

  bv_shutdown_start (shortened);
  bv_shutdown_shorten (shortened, 2000);
  bv_shutdown_shorten (shortened, G_MAXINT64);
  g_assert_cmpuint (fixture->n_killed, ==, 0);
  bv_shutdown_shorten (shortened, 0);
  g_assert_cmpuint (fixture->n_killed, ==, 1);
  wait_finished (fixture);
  drop (shortened);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shutdown/plan", test_plan);
  g_test_add_func ("/shutdown/plan/no-grace", test_plan_no_grace);
  g_test_add_func ("/shutdown/plan/heard", test_plan_heard);
  g_test_add ("/shutdown/asked", Fixture, NULL, set_up, test_asked, tear_down);
  g_test_add ("/shutdown/no-grace", Fixture, NULL, set_up, test_no_grace, tear_down);
  g_test_add ("/shutdown/gone", Fixture, NULL, set_up, test_gone, tear_down);
  g_test_add ("/shutdown/shorten", Fixture, NULL, set_up, test_shorten, tear_down);
  return g_test_run ();
}
