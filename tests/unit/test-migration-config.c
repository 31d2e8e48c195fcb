/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "migration/bv-migration-config.h"
#include "migration/bv-migration-monitor.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

/* Which options hold for a migration: the host's, a policy's, and those of who asks for it. */

static BvConfig *
read_config (const char *settings, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("barevirt-XXXXXX.conf", &path, NULL);
  BvConfig *config;

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, settings, -1, NULL));
  config = bv_config_new_from_file (path, error);
  g_unlink (path);
  return config;
}

static BvObject *
read_object (const char *kind, const char *metadata, const char *spec)
{
  g_autofree char *text =
      g_strdup_printf ("{apiVersion: kubevirt.io/v1, kind: %s, metadata: {name: "
                       "a%s}, spec: %s}",
                       kind, metadata, spec);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  for (guint i = 0; i < bv_manifest_get_causes (manifest)->len; i++)
    g_test_message ("%s", bv_cause_get_message (bv_manifest_get_causes (manifest)->pdata[i]));
  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvMigrationConfig *
resolve (const char *settings, const char *metadata, const char *spec, GVariant *overrides,
         GError **error)
{
  g_autoptr (BvConfig) config = read_config (settings, error);
  g_autoptr (BvObject) vmi = NULL;

  if (config == NULL)
    return NULL;
  vmi = read_object ("VirtualMachineInstance", metadata, spec);
  return bv_migration_config_resolve (config, bv_vmi_get_record (BV_VMI (vmi)), overrides, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvMigrationConfig) config = resolve ("", "", "{domain: {devices: {}}}", NULL, &error);
  g_autoptr (GVariant) shown = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  shown = bv_migration_config_to_variant (config);
  text = g_variant_print (shown, FALSE);
  g_assert_cmpstr (text, ==,
                   "{'allowAutoConverge': <false>, 'bandwidthPerMigration': <uint64 0>, "
                   "'completionTimeoutPerGiB': <int64 150>, 'maxDowntimeMs': <int64 900>, "
                   "'allowPostCopy': <false>, 'allowWorkloadDisruption': <false>, "
                   "'progressTimeout': <int64 150>, 'parallelMigrationThreads': <int64 8>, "
                   "'utilityVolumesTimeout': <int64 150>, 'unsafeMigrationOverride': <false>, "
                   "'disableTLS': <false>, 'compression': <'none'>}");
  g_assert_null (config->policy_name);
  g_assert_cmpint (config->stall_margin, ==, 4);
  g_assert_cmpint (config->stall_progress_timeout, ==, 40);
  g_assert_cmpint (config->switchover_timeout, ==, 60);
  g_assert_cmpfloat (config->ewma_alpha, ==, 0.4);
  g_assert_cmpfloat (config->precopy_possible_factor, ==, 1.5);
  g_assert_cmpfloat (config->patience_window_decay_factor, ==, 0.5);
  g_assert_true (config->search_local_minima);
  g_assert_cmpfloat (config->completion_timeout_factor, ==, 2);
  g_assert_cmpint (config->initial_ms, ==, 150);
  g_assert_cmpint (config->steps, ==, 7);
  g_assert_cmpint (config->start_after_iteration, ==, 3);
  g_assert_cmpint (config->cooldown_seconds, ==, 10);
}

/* Who allows post-copy allows disruption too, unless that is said; at each level anew. */
static void
test_disruption (void)
{
  static const struct
  {
    const char *settings;
    const char *overrides;
    gboolean post_copy;
    gboolean disruption;
  } rows[] = {
    { "[migration]\nallowPostCopy=true\n", "{}", TRUE, TRUE },
    { "[migration]\nallowPostCopy=true\nallowWorkloadDisruption=false\n", "{}", TRUE, FALSE },
    { "[migration]\nallowWorkloadDisruption=true\n", "{}", FALSE, TRUE },
    { "[migration]\nallowWorkloadDisruption=true\n"
      "[migration-policy p]\nvirtualMachineInstanceSelector=\nallowPostCopy=false\n",
      "{}", FALSE, FALSE },
    { "[migration]\nallowWorkloadDisruption=false\n"
      "[migration-policy p]\nvirtualMachineInstanceSelector=\nallowPostCopy=true\n",
      "{}", TRUE, TRUE },
    { "[migration-policy p]\nvirtualMachineInstanceSelector=\nallowPostCopy=true\n"
      "allowWorkloadDisruption=false\n",
      "{}", TRUE, FALSE },
    { "[migration-policy p]\nvirtualMachineInstanceSelector=\nallowAutoConverge=true\n", "{}",
      FALSE, FALSE },
    { "", "{'allowPostCopy': <true>}", TRUE, TRUE },
    { "", "{'allowPostCopy': <true>, 'allowWorkloadDisruption': <false>}", TRUE, FALSE },
    { "[migration]\nallowPostCopy=true\n", "{'allowWorkloadDisruption': <false>}", TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) overrides =
          g_variant_parse (G_VARIANT_TYPE_VARDICT, rows[i].overrides, NULL, NULL, &error);
      g_autoptr (BvMigrationConfig) config = NULL;

      g_test_message ("row %u", i);
      g_assert_no_error (error);
      config = resolve (rows[i].settings, "", "{domain: {devices: {}}}", overrides, &error);
      g_assert_no_error (error);
      g_assert_cmpint (config->allow_post_copy, ==, rows[i].post_copy);
      g_assert_cmpint (config->allow_workload_disruption, ==, rows[i].disruption);
    }
}

/* KubeVirt's choice: most labels, then most of the VMI's, then the first name. */
static void
test_policies (void)
{
#define POLICY(name, selectors) "[migration-policy " name "]\n" selectors "\nmaxDowntimeMs=1\n"
#define VMI "virtualMachineInstanceSelector="
#define SPACE "\nnamespaceSelector=kubernetes.io/metadata.name="
  static const struct
  {
    const char *settings;
    const char *metadata;
    const char *policy;
  } rows[] = {
    { POLICY ("a", VMI "os=x"), "", NULL },
    { POLICY ("a", VMI "os=x"), ", labels: {os: other}", NULL },
    { POLICY ("a", VMI "os=x"), ", labels: {os: x}", "a" },
    { POLICY ("a", VMI "os=x;size=big"), ", labels: {os: x}", NULL },
    { POLICY ("a", VMI "os=x") POLICY ("b", VMI "os=x; size=big;"), ", labels: {os: x, size: big}",
      "b" },
    { POLICY ("b", VMI "os=x") POLICY ("a", VMI "size=big"), ", labels: {os: x, size: big}", "a" },
    { POLICY ("a", SPACE "lab") POLICY ("b", VMI "os=x"), ", namespace: lab, labels: {os: x}",
      "b" },
    { POLICY ("a", SPACE "lab"), ", namespace: lab", "a" },
    { POLICY ("a", SPACE "lab"), "", NULL },
    { POLICY ("a", SPACE "default"), "", "a" },
    { POLICY ("a", "namespaceSelector=team=x"), ", labels: {team: x}", NULL },
    { POLICY ("a", VMI "os=x" SPACE "lab") POLICY ("b", VMI "os=x"),
      ", namespace: lab, labels: {os: x}", "a" },
    { POLICY ("all", VMI) POLICY ("x", VMI "os=x"), ", labels: {os: x}", "x" },
    { POLICY ("all", VMI) POLICY ("x", VMI "os=x"), "", "all" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvMigrationConfig) config =
          resolve (rows[i].settings, rows[i].metadata, "{domain: {devices: {}}}", NULL, &error);

      g_test_message ("row %u", i);
      g_assert_no_error (error);
      g_assert_cmpstr (config->policy_name, ==, rows[i].policy);
      g_assert_cmpint (config->max_downtime_ms, ==, rows[i].policy != NULL ? 1 : 900);
    }
}

static void
test_overrides (void)
{
  static const char settings[] =
      "[migration]\nbandwidthPerMigration=64Mi\nmaxDowntimeMs=100\n"
      "[migration-policy p]\nvirtualMachineInstanceSelector=os=x\nbandwidthPerMigration=32Mi\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (BvObject) migration = read_object (
      "VirtualMachineInstanceMigration",
      ", annotations: {barevirt.org/migration-configuration: '{\"allowPostCopy\": true, "
      "\"maxDowntimeMs\": 500, \"bandwidthPerMigration\": \"1Gi\", \"experimental\": "
      "{\"compression\": "
      "\"zstd\", \"stallDetector\": {\"ewmaAlpha\": \"0.5\"}}}'}",
      "{vmiName: a}");
  const BvApiVirtualMachineInstanceMigration *record =
      (const BvApiVirtualMachineInstanceMigration *)bv_object_get_record (migration);
  g_autoptr (GVariant) overrides = bv_migration_config_read_annotation (record->metadata, &error);
  g_autoptr (BvMigrationConfig) plain = NULL;
  g_autoptr (BvMigrationConfig) config = NULL;

  g_assert_no_error (error);
  plain = resolve (settings, ", labels: {os: x}", "{domain: {devices: {}}}", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (plain->bandwidth_per_migration, ==, 32 << 20);
  g_assert_cmpint (plain->initial_ms, ==, 100);
  config = resolve (settings, ", labels: {os: x}", "{domain: {devices: {}}}", overrides, &error);
  g_assert_no_error (error);
  g_assert_true (config->allow_post_copy);
  g_assert_cmpint (config->max_downtime_ms, ==, 500);
  g_assert_cmpuint (config->bandwidth_per_migration, ==, 1 << 30);
  g_assert_cmpstr (config->compression, ==, "zstd");
  g_assert_cmpfloat (config->ewma_alpha, ==, 0.5);
  g_assert_cmpstr (config->policy_name, ==, "p");
}

static void
test_threads (void)
{
  static const struct
  {
    const char *spec;
    gint64 threads;
  } rows[] = {
    { "{domain: {devices: {}}}", 8 },
    { "{domain: {resources: {limits: {cpu: 2}}, devices: {}}}", 0 },
    { "{domain: {resources: {limits: {cpu: 0}}, devices: {}}}", 8 },
    { "{domain: {resources: {requests: {cpu: 2}}, devices: {}}}", 8 },
    { "{domain: {cpu: {dedicatedCpuPlacement: true}, devices: {}}}", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvMigrationConfig) config = resolve ("", "", rows[i].spec, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (config->parallel_migration_threads, ==, rows[i].threads);
      g_assert_false (config->threads_chosen);
    }
}

/* What is wrong is refused where it is written, and says what it should be. */
static void
test_refused (void)
{
  static const struct
  {
    const char *settings;
    const char *overrides;
    const char *says;
  } rows[] = {
    { "[migration]\nallowPostCopy=maybe\n", NULL, "true or false" },
    { "[migration]\nmaxDowntimeMs=0\n", NULL, "from 1 to 2000000" },
    { "[migration]\nprogressTimeout=1.5\n", NULL, "a whole number" },
    { "[migration]\nbandwidthPerMigration=-1\n", NULL, "an amount" },
    { "[migration]\ncompression=lzma\n", NULL, "none or zstd" },
    { "[migration]\nstallDetector.ewmaAlpha=0\n", NULL, "a number from" },
    { "[migration]\nallow-post-copy=true\n", NULL, "no setting allow-post-copy" },
    { "[migration-policy p]\nallowPostCopy=true\n", NULL, "for no guest" },
    { "[migration-policy p]\nvirtualMachineInstanceSelector=os\n", NULL, "KEY=VALUE" },
    { "[migration-policy p]\nvirtualMachineInstanceSelector=\ndisableTLS=true\n", NULL,
      "for the whole host" },
    { "[migration-policy p]\nvirtualMachineInstanceSelector=\nmaxDowntimeMs=x\n", NULL,
      "a whole number" },
    { "", "{'disableTLS': <true>}", "for the whole host" },
    { "", "{'unsafeMigrationOverride': <true>}", "for the whole host" },
    { "", "{'speed': <true>}", "no migration option speed" },
    { "", "{'maxDowntimeMs': <'soon'>}", "a whole number" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) overrides =
          rows[i].overrides == NULL
              ? NULL
              : g_variant_parse (G_VARIANT_TYPE_VARDICT, rows[i].overrides, NULL, NULL, NULL);
      g_autoptr (BvMigrationConfig) config =
          resolve (rows[i].settings, "", "{domain: {devices: {}}}", overrides, &error);

      g_assert_null (config);
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
}

static void
test_bad_annotation (void)
{
  static const char *const texts[] = { "[]", "{", "{\\\"allowPostCopy\\\": [1]}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *metadata = g_strdup_printf (
          ", annotations: {barevirt.org/migration-configuration: \"%s\"}", texts[i]);
      g_autoptr (BvObject) migration =
          read_object ("VirtualMachineInstanceMigration", metadata, "{vmiName: a}");
      g_autoptr (GError) error = NULL;

      g_assert_null (bv_migration_config_read_annotation (
          ((const BvApiVirtualMachineInstanceMigration *)bv_object_get_record (migration))
              ->metadata,
          &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_data_bytes (void)
{
  static const struct
  {
    const char *spec;
    guint64 copied;
    guint64 bytes;
  } rows[] = {
    { "{domain: {devices: {}}}", 0, 0 },
    { "{domain: {memory: {guest: 1Gi}, devices: {}}}", 5, (1 << 30) + 5 },
    { "{domain: {resources: {requests: {memory: 1M}}, devices: {}}}", 0, 1000000 },
    { "{domain: {memory: {guest: 2M}, resources: {requests: {memory: 1M}}, devices: {}}}", 0,
      2000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvObject) vmi = read_object ("VirtualMachineInstance", "", rows[i].spec);

      g_assert_cmpuint (
          bv_migration_get_data_bytes (bv_vmi_get_record (BV_VMI (vmi))->spec, rows[i].copied), ==,
          rows[i].bytes);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/migration-config/defaults", test_defaults);
  g_test_add_func ("/migration-config/disruption", test_disruption);
  g_test_add_func ("/migration-config/policies", test_policies);
  g_test_add_func ("/migration-config/overrides", test_overrides);
  g_test_add_func ("/migration-config/threads", test_threads);
  g_test_add_func ("/migration-config/refused", test_refused);
  g_test_add_func ("/migration-config/bad-annotation", test_bad_annotation);
  g_test_add_func ("/migration-config/data-bytes", test_data_bytes);
  return g_test_run ();
}
