/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <libvirt/libvirt.h>

#include <glib/gstdio.h>

#include "runtime/controller/bv-controller.h"
#include "runtime/domain/bv-domain.h"
#include "host/bv-libvirt-autocleanups.h"
#include "runtime/vmi/bv-vmi-runtime.h"

/* A domain that is not ours and has the name that a VMI's would have: whatever happens to the VMI,
 * nothing happens to the domain. Within a process the test driver's default host is shared. */

static const char manifest[] = "apiVersion: kubevirt.io/v1\n"
                               "kind: VirtualMachineInstance\n"
                               "metadata: {name: one}\n"
                               "spec:\n"
                               "  terminationGracePeriodSeconds: 0\n"
                               "  domain: {memory: {guest: 64Mi}, devices: {}}\n";
static const char foreign_xml[] = "<domain type='test'><name>default_one</name>"
                                  "<memory unit='MiB'>1</memory><os><type>hvm</type></os></domain>";

typedef struct
{
  char *folder;
  virConnectPtr handle;
  BvController *controller;
  BvVmiRuntime *vmi;
  gboolean failed;
  gboolean gone;
  guint n_events; /* of domains, not waited for yet */
} Fixture;

static void
event_seen_cb (Fixture *fixture)
{
  fixture->n_events++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvConfig) config = NULL;
  g_autoptr (BvStore) store = NULL;
  g_autoptr (BvEnvironment) environment = NULL;

  fixture->folder = g_dir_make_tmp ("bv-foreign-XXXXXX", NULL);
  fixture->handle = virConnectOpen ("test:///default");
  g_assert_nonnull (fixture->handle);
  config = bv_config_new_from_file ("/nonexistent", &error);
  g_assert_no_error (error);
  store = bv_store_new (fixture->folder, &error);
  g_assert_no_error (error);
  environment =
      bv_environment_new (config, store, "test:///default", fixture->folder, fixture->folder);
  fixture->controller = bv_controller_new (environment);
  g_assert_true (bv_controller_load (fixture->controller, &error));
  bv_controller_start (fixture->controller);
  g_signal_connect_swapped (environment->connection, "domain-event", G_CALLBACK (event_seen_cb),
                            fixture);
  while (!bv_controller_is_ready (fixture->controller))
    g_main_context_iteration (NULL, TRUE);
}

static void
remove_folder (const char *folder)
{
  static const char *const names[] = { "barevirt.db", "barevirt.db-wal", "barevirt.db-shm",
                                       "barevirtd.lock" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (
      bv_controller_get_environment (fixture->controller)->connection, fixture);
  bv_controller_stop (fixture->controller);
  bv_store_close (bv_controller_get_environment (fixture->controller)->store);
  g_clear_object (&fixture->controller);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  virConnectClose (fixture->handle);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static void
event_cb (Fixture *fixture, const char *type, const char *reason, const char *message)
{
  g_test_message ("%s: %s", reason, message);
  fixture->failed |= g_str_equal (reason, "SyncFailed");
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GArray) applied =
      bv_controller_apply_finish (BV_CONTROLLER (source), result, &jobs, &error);

  g_assert_no_error (error);
  fixture->vmi = bv_entry_get_runtime (g_array_index (applied, BvApplied, 0).entry);
  g_signal_connect_swapped (fixture->vmi, "event", G_CALLBACK (event_cb), fixture);
}

static void
apply (Fixture *fixture)
{
  bv_controller_apply_async (fixture->controller, manifest, "one.yaml", BV_MANIFEST_NONE,
                             applied_cb, fixture);
  while (fixture->vmi == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
removed_cb (Fixture *fixture)
{
  fixture->gone = TRUE;
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_controller_delete_finish (BV_CONTROLLER (source), result, &error);

  g_assert_no_error (error);
}

static void
delete_vmi (Fixture *fixture)
{
  BvRegistry *registry = bv_controller_get_registry (fixture->controller);

  g_signal_connect_swapped (registry, "removed", G_CALLBACK (removed_cb), fixture);
  bv_controller_delete_async (fixture->controller, bv_vmi_runtime_get_entry (fixture->vmi), 0,
                              deleted_cb, fixture);
  while (!fixture->gone)
    g_main_context_iteration (NULL, TRUE);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvDomainInfo) info = bv_domain_get_info_finish (BV_CONNECTION (source), result, NULL);

  g_assert_nonnull (info);
  *(gboolean *)data = TRUE;
}

/* Calls of one domain are done in turn: when this one is answered, so is what the service asked. */
static void
wait_for_event (Fixture *fixture)
{
  BvConnection *connection = bv_controller_get_environment (fixture->controller)->connection;
  gboolean answered = FALSE;

  while (fixture->n_events == 0)
    g_main_context_iteration (NULL, TRUE);
  fixture->n_events = 0;
  bv_domain_get_info_async (connection, "default_one", NULL, asked_cb, &answered);
  while (!answered)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_is_foreign (Fixture *fixture)
{
  g_assert_cmpint (bv_vmi_runtime_get_phase (fixture->vmi), !=, BV_PHASE_RUNNING);
  g_assert_null (bv_vmi_runtime_get_domain (fixture->vmi));
}

static void
test_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (virDomain) foreign = virDomainDefineXML (fixture->handle, foreign_xml);

  g_assert_nonnull (foreign);
  apply (fixture);
  while (!fixture->failed)
    g_main_context_iteration (NULL, TRUE);
  fixture->n_events = 0;
  g_assert_cmpint (virDomainCreate (foreign), ==, 0);
  wait_for_event (fixture);
  check_is_foreign (fixture);
  g_assert_cmpint (virDomainSuspend (foreign), ==, 0);
  wait_for_event (fixture);
  check_is_foreign (fixture);

  delete_vmi (fixture);
  g_assert_cmpint (virDomainIsActive (foreign), ==, 1);
  g_assert_cmpint (virDomainIsPersistent (foreign), ==, 1);
  g_assert_cmpint (virDomainDestroy (foreign), ==, 0);
  g_assert_cmpint (virDomainUndefine (foreign), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* What is refused is told as a warning, and that is what is tested. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add ("/foreign-domain/in-the-way", Fixture, NULL, set_up, test_in_the_way, tear_down);
  return g_test_run ();
}
