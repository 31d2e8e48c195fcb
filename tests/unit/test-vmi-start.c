/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "model/bv-manifest.h"
#include "runtime/vmi/bv-vmi-runtime.h"

/* A start that comes between the connection to libvirt and its answer about the host. */

static const char manifest[] = "apiVersion: kubevirt.io/v1\n"
                               "kind: VirtualMachineInstance\n"
                               "metadata: {name: early}\n"
                               "spec:\n"
                               "  terminationGracePeriodSeconds: 0\n"
                               "  domain: {memory: {guest: 64Mi}, devices: {}}\n";

typedef struct
{
  char *folder;
  BvEnvironment *environment;
  BvVmiRuntime *vmi;
  gboolean answered;
  gboolean ended;
} Fixture;

static void
ended_cb (Fixture *fixture)
{
  fixture->ended = TRUE;
}

static BvVmiRuntime *
make_vmi (BvEnvironment *environment)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (manifest, sizeof manifest - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvManifest) read = bv_manifest_new_from_bytes (bytes, "early.yaml", BV_MANIFEST_NONE);
  g_autoptr (BvObject) object = NULL;
  g_autoptr (BvEntry) entry = NULL;
  BvVmiStatus *status;

  g_assert_no_error (error);
  object = g_list_model_get_item (bv_manifest_get_objects (read), 0);
  bv_object_set_uid (object, "11111111-2222-4333-8444-555555555555");
  entry = bv_entry_new (object, manifest, "");
  status = bv_vmi_status_new_from_json ("{}", &error);
  g_assert_no_error (error);
  return bv_vmi_runtime_new (environment, entry, status);
}

/* Nobody asks about the host here but the test: the controller would at once. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvConfig) config = bv_config_new_from_file ("/nonexistent", &error);
  g_autoptr (BvStore) store = NULL;

  g_assert_no_error (error);
  fixture->folder = g_dir_make_tmp ("bv-start-XXXXXX", &error);
  g_assert_no_error (error);
  store = bv_store_new (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->environment =
      bv_environment_new (config, store, "test:///default", fixture->folder, fixture->folder);
  fixture->vmi = make_vmi (fixture->environment);
  g_signal_connect_swapped (fixture->vmi, "ended", G_CALLBACK (ended_cb), fixture);
  bv_connection_start (fixture->environment->connection);
  while (bv_connection_get_state (fixture->environment->connection) != BV_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "barevirt.db", "barevirt.db-wal", "barevirt.db-shm",
                                       "barevirtd.lock" };

  bv_connection_stop (fixture->environment->connection);
  g_clear_object (&fixture->vmi);
  bv_store_close (fixture->environment->store);
  g_clear_pointer (&fixture->environment, bv_environment_unref);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_host_refresh_finish (BV_HOST (source), result, &error));
  g_assert_no_error (error);
  ((Fixture *)data)->answered = TRUE;
}

static void
test_before_the_facts (Fixture *fixture, gconstpointer data)
{
  BvConditions *conditions = bv_vmi_runtime_get_conditions (fixture->vmi);
  g_autoptr (BvJob) job = bv_vmi_runtime_start (fixture->vmi);

  g_assert_false (bv_host_is_known (fixture->environment->host));
  g_assert_false (bv_vmi_runtime_is_active (fixture->vmi));
  g_assert_cmpint (bv_vmi_runtime_get_phase (fixture->vmi), ==, BV_PHASE_PENDING);
  g_assert_cmpstr (bv_conditions_get_reason (conditions, "Synchronized"), ==,
                   "HypervisorUnavailable");

  bv_host_refresh_async (fixture->environment->host, refreshed_cb, fixture);
  while (!fixture->answered)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (bv_host_is_known (fixture->environment->host));
  g_assert_cmpint (bv_vmi_runtime_get_phase (fixture->vmi), ==, BV_PHASE_PENDING);

  /* As the controller does when libvirt has listed its domains. */
  fixture->environment->guests_known = TRUE;
  bv_vmi_runtime_reconcile (fixture->vmi, NULL);
  g_assert_true (bv_vmi_runtime_is_active (fixture->vmi));
  g_assert_cmpint (bv_vmi_runtime_get_phase (fixture->vmi), ==, BV_PHASE_SCHEDULING);

  bv_vmi_runtime_stop (fixture->vmi, 0);
  while (!fixture->ended)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add ("/vmi-start/before-the-facts", Fixture, NULL, set_up, test_before_the_facts,
              tear_down);
  return g_test_run ();
}
