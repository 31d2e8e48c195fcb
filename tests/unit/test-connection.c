/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/connection/bv-connection.h"

#include "model/bv-error.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

#include <string.h>

#define TEST_URI "test:///default"

typedef struct
{
  BvConnection *connection;
  guint n_connected;
  guint n_disconnected;
  char *reason;
  GPtrArray *events; /* of BvDomainEvent */
} Fixture;

/* A call as the test sees it. */
typedef struct
{
  gboolean done;
  gpointer result;
  GError *error;
  gint64 finished;
} Outcome;

/* Calls that stay in their worker thread until they are let go. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean open;
  guint n_inside;
  guint n_most;
} Gate;

static void
connected_cb (BvConnection *connection, gpointer data)
{
  ((Fixture *)data)->n_connected++;
}

static void
disconnected_cb (BvConnection *connection, const char *reason, gpointer data)
{
  Fixture *fixture = data;

  fixture->n_disconnected++;
  g_free (fixture->reason);
  fixture->reason = g_strdup (reason);
}

static void
domain_event_cb (BvConnection *connection, BvDomainEvent *event, gpointer data)
{
  g_ptr_array_add (((Fixture *)data)->events, bv_domain_event_ref (event));
}

static void
set_up (Fixture *fixture, gconstpointer uri)
{
  fixture->connection = bv_connection_new (uri);
  fixture->events = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_domain_event_unref);
  g_signal_connect (fixture->connection, "connected", G_CALLBACK (connected_cb), fixture);
  g_signal_connect (fixture->connection, "disconnected", G_CALLBACK (disconnected_cb), fixture);
  g_signal_connect (fixture->connection, "domain-event", G_CALLBACK (domain_event_cb), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  BvConnection *connection = fixture->connection;

  /* An attempt under way holds it until it is over. */
  bv_connection_stop (fixture->connection);
  g_object_add_weak_pointer (G_OBJECT (connection), (gpointer *)&fixture->connection);
  g_object_unref (connection);
  while (fixture->connection != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_unref (fixture->events);
  g_free (fixture->reason);
}

static void
connect_fixture (Fixture *fixture)
{
  bv_connection_start (fixture->connection);
  g_assert_cmpint (bv_connection_get_state (fixture->connection), ==, BV_CONNECTION_CONNECTING);
  while (fixture->n_connected == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (bv_connection_get_state (fixture->connection), ==, BV_CONNECTION_CONNECTED);
}

static void
outcome_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  outcome->result = bv_connection_call_finish (BV_CONNECTION (source), result, &outcome->error);
  outcome->done = TRUE;
  outcome->finished = g_get_monotonic_time ();
}

static void
outcome_wait (Outcome *outcome)
{
  while (!outcome->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
outcome_clear (Outcome *outcome)
{
  g_clear_error (&outcome->error);
  memset (outcome, 0, sizeof *outcome);
}

static gpointer
get_uuid_call (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, data);

  if (domain == NULL || virDomainGetUUIDString (domain, uuid) < 0)
    {
      bv_set_error_from_libvirt (error, "The domain %s cannot be found", (const char *)data);
      return NULL;
    }
  return g_strdup (uuid);
}

static gpointer
restart_call (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, data);

  if (domain == NULL || virDomainDestroy (domain) < 0 || virDomainCreate (domain) < 0)
    bv_set_error_from_libvirt (error, "The domain %s cannot be restarted", (const char *)data);
  return NULL;
}

static gpointer
gate_call (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->mutex);
  gate->n_inside++;
  gate->n_most = MAX (gate->n_most, gate->n_inside);
  g_cond_broadcast (&gate->cond);
  while (!gate->open)
    g_cond_wait (&gate->cond, &gate->mutex);
  gate->n_inside--;
  g_mutex_unlock (&gate->mutex);
  return GINT_TO_POINTER (1);
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->mutex);
  gate->open = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->mutex);
}

static guint
gate_count (Gate *gate)
{
  guint n;

  g_mutex_lock (&gate->mutex);
  n = gate->n_inside;
  g_mutex_unlock (&gate->mutex);
  return n;
}

static gboolean
wake_up_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Lets the main loop run until so many calls are inside. */
static void
gate_wait (Gate *gate, guint n)
{
  guint id = g_timeout_add (1, wake_up_cb, NULL);

  while (gate_count (gate) < n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
}

static void
test_call (Fixture *fixture, gconstpointer data)
{
  Outcome outcome = { 0 };

  connect_fixture (fixture);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "test", get_uuid_call,
                            g_strdup ("test"), g_free, g_free, NULL, outcome_cb, &outcome);
  outcome_wait (&outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (g_uuid_string_is_valid (outcome.result));
  g_free (outcome.result);
  outcome_clear (&outcome);

  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "none", get_uuid_call,
                            g_strdup ("none"), g_free, g_free, NULL, outcome_cb, &outcome);
  outcome_wait (&outcome);
  g_assert_error (outcome.error, BV_ERROR, BV_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (outcome.error->message, "The domain none cannot be found: "));
  outcome_clear (&outcome);
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  Outcome outcome = { 0 };
  char name[] = "test";
  BvDomainEvent *event;

  connect_fixture (fixture);
  bv_connection_call_async (fixture->connection, BV_LANE_JOBS, "test", restart_call, name, NULL,
                            NULL, NULL, outcome_cb, &outcome);
  outcome_wait (&outcome);
  g_assert_no_error (outcome.error);
  while (fixture->events->len < 2)
    g_main_context_iteration (NULL, TRUE);

  event = g_ptr_array_index (fixture->events, 0);
  g_assert_cmpint (event->kind, ==, BV_DOMAIN_EVENT_STOPPED);
  g_assert_cmpint (event->detail, ==, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
  g_assert_cmpstr (event->name, ==, "test");
  g_assert_true (g_uuid_string_is_valid (event->uuid));
  event = g_ptr_array_index (fixture->events, 1);
  g_assert_cmpint (event->kind, ==, BV_DOMAIN_EVENT_STARTED);
  g_assert_cmpstr (bv_domain_event_kind_to_string (event->kind), ==, "started");
}

static void
test_not_connected (Fixture *fixture, gconstpointer data)
{
  Outcome outcome = { 0 };
  char name[] = "test";

  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, NULL, get_uuid_call, name, NULL,
                            g_free, NULL, outcome_cb, &outcome);
  outcome_wait (&outcome);
  g_assert_error (outcome.error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE);
  outcome_clear (&outcome);
}

static void
test_unreachable (Fixture *fixture, gconstpointer data)
{
  Outcome outcome = { 0 };
  char name[] = "test";

  bv_connection_start (fixture->connection);
  while (fixture->n_disconnected == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (bv_connection_get_state (fixture->connection), ==, BV_CONNECTION_DISCONNECTED);
  g_assert_nonnull (strstr (fixture->reason, "/nonexistent/libvirt-sock"));

  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, NULL, get_uuid_call, name, NULL,
                            g_free, NULL, outcome_cb, &outcome);
  outcome_wait (&outcome);
  g_assert_error (outcome.error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE);
  g_assert_nonnull (strstr (outcome.error->message, "/nonexistent/libvirt-sock"));
  outcome_clear (&outcome);
}

/* One VM's calls run one after another; each that hangs has a connection to itself. */
static void
test_lanes (Fixture *fixture, gconstpointer data)
{
  Gate gate = { 0 };
  Outcome hung[12] = { 0 };
  Outcome second = { 0 };
  const guint n_hung = 6;

  connect_fixture (fixture);
  for (guint i = 0; i < n_hung; i++)
    {
      g_autofree char *key = g_strdup_printf ("hung-%u", i);

      bv_connection_call_async (fixture->connection, BV_LANE_AGENT, key, gate_call, &gate, NULL,
                                NULL, NULL, outcome_cb, &hung[2 * i]);
      bv_connection_call_async (fixture->connection, BV_LANE_AGENT, key, gate_call, &gate, NULL,
                                NULL, NULL, outcome_cb, &hung[2 * i + 1]);
    }
  g_assert_cmpuint (bv_connection_get_n_links (fixture->connection, BV_LANE_AGENT), ==, 1);
  gate_wait (&gate, n_hung);
  g_assert_cmpuint (bv_connection_get_n_links (fixture->connection, BV_LANE_AGENT), ==, n_hung);

  /* A seventh is served, on this lane and on others. */
  bv_connection_call_async (fixture->connection, BV_LANE_AGENT, "seventh", get_uuid_call,
                            g_strdup ("test"), g_free, g_free, NULL, outcome_cb, &second);
  outcome_wait (&second);
  g_assert_no_error (second.error);
  g_clear_pointer (&second.result, g_free);
  outcome_clear (&second);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "hung-0", get_uuid_call,
                            g_strdup ("test"), g_free, g_free, NULL, outcome_cb, &second);
  outcome_wait (&second);
  g_assert_no_error (second.error);
  g_clear_pointer (&second.result, g_free);

  gate_open (&gate);
  for (guint i = 0; i < 2 * n_hung; i++)
    outcome_wait (&hung[i]);
  for (guint i = 0; i < n_hung; i++)
    g_assert_cmpint (hung[2 * i].finished, <=, hung[2 * i + 1].finished);
  g_assert_cmpuint (gate.n_most, ==, n_hung);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Gate gate = { 0 };
  Outcome first = { 0 }, second = { 0 };

  connect_fixture (fixture);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "a", gate_call, &gate, NULL, NULL,
                            cancellable, outcome_cb, &first);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "a", gate_call, &gate, NULL, NULL,
                            cancellable, outcome_cb, &second);
  gate_wait (&gate, 1);
  g_cancellable_cancel (cancellable);
  outcome_wait (&second);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (first.done);

  /* One that has started gives what it has done. */
  gate_open (&gate);
  outcome_wait (&first);
  g_assert_no_error (first.error);
  g_assert_cmpint (GPOINTER_TO_INT (first.result), ==, 1);
  outcome_clear (&second);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  Gate gate = { 0 };
  Outcome running = { 0 }, waiting = { 0 };

  connect_fixture (fixture);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "a", gate_call, &gate, NULL, NULL,
                            NULL, outcome_cb, &running);
  bv_connection_call_async (fixture->connection, BV_LANE_CONTROL, "a", gate_call, &gate, NULL, NULL,
                            NULL, outcome_cb, &waiting);
  gate_wait (&gate, 1);
  bv_connection_stop (fixture->connection);
  outcome_wait (&waiting);
  g_assert_error (waiting.error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE);

  gate_open (&gate);
  outcome_wait (&running);
  g_assert_no_error (running.error);
  outcome_clear (&waiting);
  g_assert_cmpuint (fixture->n_disconnected, ==, 0);
}

int
main (int argc, char **argv)
{
  const char *unreachable = "qemu+unix:///system?socket=/nonexistent/libvirt-sock";

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/connection/call", Fixture, TEST_URI, set_up, test_call, tear_down);
  g_test_add ("/connection/events", Fixture, TEST_URI, set_up, test_events, tear_down);
  g_test_add ("/connection/not-connected", Fixture, TEST_URI, set_up, test_not_connected,
              tear_down);
  g_test_add ("/connection/unreachable", Fixture, unreachable, set_up, test_unreachable, tear_down);
  g_test_add ("/connection/lanes", Fixture, TEST_URI, set_up, test_lanes, tear_down);
  g_test_add ("/connection/cancel", Fixture, TEST_URI, set_up, test_cancel, tear_down);
  g_test_add ("/connection/stop", Fixture, TEST_URI, set_up, test_stop, tear_down);
  return g_test_run ();
}
