/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/pool/bv-decompress.h"
#include "host/pool/bv-sparse-file.h"
#include "host/pool/bv-storage-pool.h"
#include "host/pool/bv-volume-digest.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-claim-status.h"
#include "runtime/claim/bv-data-source.h"
#include "runtime/claim/bv-data-volume-status.h"

static BvObject *
parse (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  for (guint i = 0; i < bv_manifest_get_causes (manifest)->len; i++)
    g_test_message ("%s", bv_cause_get_message (bv_manifest_get_causes (manifest)->pdata[i]));
  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvObject *
parse_claim (const char *spec)
{
  g_autofree char *text = g_strdup_printf (
      "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {%s}}", spec);

  return parse (text);
}

static const BvApiPersistentVolumeClaimSpec *
get_spec (BvObject *claim)
{
  return ((const BvApiPersistentVolumeClaim *)bv_object_get_record (claim))->spec;
}

/* The claim of a data volume: its name and labels, its storage, and the mode that CDI would take.
 */
static void
test_claim_of_data_volume (void)
{
  g_autoptr (BvObject) volume = parse (
      "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: a, namespace: "
      "ns, labels: {l: v}}, spec: {source: {blank: {}}, storage: {volumeMode: "
      "FromStorageProfile, storageClassName: p, resources: {requests: {storage: 1Gi}}}}}");
  g_autoptr (BvObject) claim = bv_claim_spec_make_claim (volume);
  const BvApiPersistentVolumeClaimSpec *spec;

  g_assert_nonnull (claim);
  spec = get_spec (claim);
  g_assert_cmpstr (bv_object_get_kind (claim), ==, "PersistentVolumeClaim");
  g_assert_cmpstr (bv_object_get_name (claim), ==, "a");
  g_assert_cmpstr (bv_object_get_namespace (claim), ==, "ns");
  g_assert_cmpuint (bv_object_get_metadata (claim)->n_labels, ==, 1);
  g_assert_cmpstr (spec->storage_class_name, ==, "p");
  g_assert_cmpuint (bv_claim_spec_get_request (spec), ==, G_GUINT64_CONSTANT (1) << 30);
  g_assert_true (bv_claim_spec_has_mode (spec, "ReadWriteOnce"));
  g_assert_false (bv_claim_spec_is_block (spec));
}

static void
test_claim_as_given (void)
{
  g_autoptr (BvObject) volume =
      parse ("{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: a}, spec: "
             "{source: {blank: {}}, pvc: {volumeMode: Block, accessModes: [ReadWriteMany], "
             "resources: {requests: {storage: 1Gi}}}}}");
  g_autoptr (BvObject) claim = bv_claim_spec_make_claim (volume);

  g_assert_true (bv_claim_spec_is_block (get_spec (claim)));
  g_assert_true (bv_claim_spec_has_mode (get_spec (claim), "ReadWriteMany"));
  g_assert_false (bv_claim_spec_has_mode (get_spec (claim), "ReadWriteOnce"));
}

static void
test_data_volume_of_vm (void)
{
  g_autoptr (BvObject) vm = parse (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: v, namespace: ns}, "
      "spec: {running: false, dataVolumeTemplates: [{metadata: {name: one}, spec: {source: "
      "{blank: {}}, storage: {resources: {requests: {storage: 1Gi}}}}}, {metadata: {name: "
      "two}, spec: {source: {upload: {}}, storage: {resources: {requests: {storage: 2Gi}}}}}"
      "], template: {spec: {domain: {devices: {}}}}}}");
  g_autoptr (BvObject) volume = bv_claim_spec_make_data_volume (vm, 1);

  g_assert_nonnull (volume);
  g_assert_cmpstr (bv_object_get_kind (volume), ==, "DataVolume");
  g_assert_cmpstr (bv_object_get_name (volume), ==, "two");
  g_assert_cmpstr (bv_object_get_namespace (volume), ==, "ns");
  g_assert_nonnull (((const BvApiDataVolume *)bv_object_get_record (volume))->spec->source->upload);
}

static void
test_changes (void)
{
  static const struct
  {
    const char *before;
    const char *after;
    const char *fault;
  } cases[] = {
    { "resources: {requests: {storage: 1Gi}}", "resources: {requests: {storage: 1024Mi}}", NULL },
    { "resources: {requests: {storage: 1Gi}}", "resources: {requests: {storage: 2Gi}}", NULL },
    { "resources: {requests: {storage: 2Gi}}", "resources: {requests: {storage: 1Gi}}", "shrink" },
    { "storageClassName: a", "storageClassName: b", "can be changed" },
    { "accessModes: [ReadWriteOnce]", "accessModes: [ReadWriteMany]", "can be changed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BvObject) before = parse_claim (cases[i].before);
      g_autoptr (BvObject) after = parse_claim (cases[i].after);
      g_autofree char *fault =
          bv_claim_spec_find_change_fault (get_spec (before), get_spec (after));

      if (cases[i].fault == NULL)
        g_assert_null (fault);
      else
        g_assert_nonnull (strstr (fault, cases[i].fault));
    }
}

static void
test_faults (void)
{
  static const char *const faulty[] = { "volumeName: disk", "selector: {matchLabels: {a: b}}",
                                        "dataSource: {kind: PersistentVolumeClaim, name: b}" };
  g_autoptr (BvObject) good = parse_claim ("resources: {requests: {storage: 1Gi}}");

  g_assert_null (bv_claim_spec_find_fault (get_spec (good)));
  for (gsize i = 0; i < G_N_ELEMENTS (faulty); i++)
    {
      g_autoptr (BvObject) claim = parse_claim (faulty[i]);

      g_assert_nonnull (bv_claim_spec_find_fault (get_spec (claim)));
    }
}

static void
test_sources (void)
{
  static const struct
  {
    const char *source;
    int kind; /* -1: none */
  } cases[] = {
    { "blank: {}", BV_DATA_BLANK },
    { "upload: {}", BV_DATA_UPLOAD },
    { "http: {url: 'http://a/b'}", BV_DATA_HTTP },
    { "registry: {url: 'docker://a/b'}", BV_DATA_REGISTRY },
    { "pvc: {name: a, namespace: default}", BV_DATA_CLAIM },
    { "pvc: {name: a, namespace: other}", -1 },
    { "snapshot: {name: a, namespace: default}", -1 },
    { "s3: {url: 's3://a/b'}", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: "
                           "{name: a}, spec: {source: {%s}, storage: {}}}",
                           cases[i].source);
      g_autoptr (BvObject) volume = parse (text);
      g_autoptr (GError) error = NULL;
      BvDataKind kind = BV_DATA_BLANK;
      gboolean good = bv_data_source_get_kind (
          ((const BvApiDataVolume *)bv_object_get_record (volume))->spec, "default", &kind, &error);

      g_assert_cmpint (good ? (int)kind : -1, ==, cases[i].kind);
      if (!good)
        g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
    }
}

static void
test_claim_status (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvClaimStatus) status = bv_claim_status_new_from_json ("{}", &error);
  g_autoptr (BvClaimStatus) again = NULL;
  g_autofree char *json = NULL;

  g_assert_no_error (error);
  g_assert_true (bv_claim_status_is (status, "Pending"));
  g_assert_false (bv_claim_status_set (status, "Pending", NULL, NULL));
  g_assert_true (bv_claim_status_set (status, "Bound", "Why", "Because."));
  status->volume = g_new0 (BvPoolVolume, 1);
  status->volume->pool = g_strdup ("p");
  status->volume->name = g_strdup ("pvc-1");
  status->volume->path = g_strdup ("/p/pvc-1");
  status->volume->block = TRUE;
  status->volume->capacity = G_GUINT64_CONSTANT (1) << 40;
  json = bv_claim_status_to_json (status);
  again = bv_claim_status_new_from_json (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->phase, ==, "Bound");
  g_assert_cmpstr (again->message, ==, "Because.");
  g_assert_cmpstr (again->volume->path, ==, "/p/pvc-1");
  g_assert_true (again->volume->block);
  g_assert_cmpuint (again->volume->capacity, ==, G_GUINT64_CONSTANT (1) << 40);
}

static void
test_data_volume_status (void)
{
  g_autoptr (BvDataVolumeStatus) status = bv_data_volume_status_new_from_json (
      "{\"phase\": \"ImportInProgress\", \"restarts\": 3}", NULL);
  g_autoptr (BvConditions) conditions = bv_conditions_new ();
  g_autofree char *unknown = bv_data_volume_status_format_progress (status, -1);
  g_autofree char *some = bv_data_volume_status_format_progress (status, 0.42);
  g_autofree char *json = bv_data_volume_status_to_json (status);
  g_autofree char *all = NULL;

  g_assert_cmpint (status->phase, ==, BV_DATA_VOLUME_IMPORT_IN_PROGRESS);
  g_assert_cmpstr (unknown, ==, "N/A");
  g_assert_cmpstr (some, ==, "42.00%");
  g_assert_nonnull (strstr (json, "\"restarts\":3"));
  g_assert_true (bv_data_volume_status_set_conditions (status, "Pending", TRUE, conditions));
  g_assert_true (bv_conditions_is_true (conditions, "Running"));
  g_assert_false (bv_conditions_is_true (conditions, "Ready"));
  status->phase = BV_DATA_VOLUME_SUCCEEDED;
  all = bv_data_volume_status_format_progress (status, -1);
  g_assert_cmpstr (all, ==, "100.0%");
  g_assert_true (bv_data_volume_status_set_conditions (status, "Bound", FALSE, conditions));
  g_assert_true (bv_conditions_is_true (conditions, "Ready"));
  g_assert_false (bv_conditions_is_true (conditions, "Running"));
  /* A volume that was there is there no more. */
  g_assert_true (bv_data_volume_status_set_conditions (status, "Lost", FALSE, conditions));
  g_assert_false (bv_conditions_is_true (conditions, "Bound"));
  g_assert_false (bv_conditions_is_true (conditions, "Ready"));
  g_assert_false (bv_data_volume_status_set_conditions (status, "Lost", FALSE, conditions));
}

static void
test_sizes (void)
{
  g_assert_cmpuint (bv_pool_round_size (0), ==, 0);
  g_assert_cmpuint (bv_pool_round_size (1), ==, 1048576);
  g_assert_cmpuint (bv_pool_round_size (1048576), ==, 1048576);
  g_assert_cmpuint (bv_pool_round_size (1048577), ==, 2097152);
}

/* The same data, with holes or with zeros, in whatever pieces. */
static void
test_digest (void)
{
  g_autofree char *data = g_malloc0 (65536);
  g_autoptr (BvVolumeDigest) whole = bv_volume_digest_new ();
  g_autoptr (BvVolumeDigest) holes = bv_volume_digest_new ();
  g_autoptr (BvVolumeDigest) moved = bv_volume_digest_new ();
  g_autofree char *expected = NULL;
  g_autofree char *found = NULL;
  g_autofree char *other = NULL;

  memset (data + 9000, 'x', 100);
  memset (data + 40000, 'y', 1);
  bv_volume_digest_add (whole, data, 65536);
  bv_volume_digest_skip (holes, 8999);
  bv_volume_digest_add (holes, data + 8999, 102);
  bv_volume_digest_skip (holes, 40000 - 9101);
  bv_volume_digest_add (holes, "y", 1);
  bv_volume_digest_skip (holes, 1000000);
  bv_volume_digest_skip (moved, 4096);
  bv_volume_digest_add (moved, data, 65536);
  expected = bv_volume_digest_end (whole);
  found = bv_volume_digest_end (holes);
  other = bv_volume_digest_end (moved);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpstr (other, !=, expected);
}

static void
test_sparse_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *zeros = g_malloc0 (3 << 20);
  g_autofree char *read = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvSparseFile) file = bv_sparse_file_new (path, (3 << 20) + 3, &error);
  GStatBuf status;
  gsize size;

  g_assert_no_error (error);
  g_assert_true (bv_sparse_file_write (file, "a", 1, &error));
  g_assert_true (bv_sparse_file_write (file, zeros, 3 << 20, &error));
  g_assert_true (bv_sparse_file_write (file, "b", 1, &error));
  g_assert_false (bv_sparse_file_write (file, "too much", 8, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (bv_sparse_file_close (file, &error));
  g_assert_true (g_file_get_contents (path, &read, &size, NULL));
  g_assert_cmpuint (size, ==, (3 << 20) + 2);
  g_assert_true (read[0] == 'a' && read[size - 1] == 'b' && memcmp (read + 1, zeros, 3 << 20) == 0);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_blocks * 512, <, 1 << 20);
  g_unlink (path);
  g_rmdir (folder);
}

/* A few bytes that unpack to more than may come. */
static void
test_decompress (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autofree char *plain = g_build_filename (folder, "plain", NULL);
  g_autofree char *packed = g_build_filename (folder, "plain.gz", NULL);
  g_autofree char *unpacked = g_build_filename (folder, "unpacked", NULL);
  g_autofree char *zeros = g_malloc0 (1 << 20);
  const char *const gzip[] = { "gzip", "-k", plain, NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (plain, zeros, 1 << 20, &error));
  g_assert_true (g_spawn_sync (NULL, (char **)gzip, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, &error));
  g_assert_false (bv_decompress_is_needed (plain));
  g_assert_true (bv_decompress_is_needed (packed));
  g_assert_true (bv_decompress (packed, unpacked, 1 << 20, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (bv_decompress (packed, unpacked, (1 << 20) - 1, NULL, NULL, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
  g_unlink (plain);
  g_unlink (packed);
  g_unlink (unpacked);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/claim/of-data-volume", test_claim_of_data_volume);
  g_test_add_func ("/claim/as-given", test_claim_as_given);
  g_test_add_func ("/claim/data-volume-of-vm", test_data_volume_of_vm);
  g_test_add_func ("/claim/changes", test_changes);
  g_test_add_func ("/claim/faults", test_faults);
  g_test_add_func ("/claim/sources", test_sources);
  g_test_add_func ("/claim/status", test_claim_status);
  g_test_add_func ("/claim/data-volume-status", test_data_volume_status);
  g_test_add_func ("/claim/sizes", test_sizes);
  g_test_add_func ("/claim/digest", test_digest);
  g_test_add_func ("/claim/sparse-file", test_sparse_file);
  g_test_add_func ("/claim/decompress", test_decompress);
  return g_test_run ();
}
