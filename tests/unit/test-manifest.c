/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-cause.h"
#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"

#define HEAD                                                                                       \
  "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata:\n  name: guest\nspec:\n"

static BvManifest *
read_text (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return bv_manifest_new_from_bytes (bytes, "guest.yaml", BV_MANIFEST_NONE);
}

static BvObject *
first_object (BvManifest *manifest)
{
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static void
test_good (void)
{
  g_autoptr (BvManifest) manifest =
      read_text (HEAD "  domain:\n    memory: {guest: 128Mi}\n    devices: {}\n");
  g_autoptr (BvObject) object = first_object (manifest);
  g_autoptr (GVariant) guest = NULL;

  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_true (BV_IS_VMI (object));
  g_assert_cmpstr (bv_object_get_name (object), ==, "guest");
  g_assert_cmpstr (bv_object_get_namespace (object), ==, "default");
  guest = bv_object_get_field (object, "spec.domain.memory.guest");
  g_assert_cmpstr (g_variant_get_string (guest, NULL), ==, "128Mi");
}

typedef struct
{
  const char *name;
  const char *text;
  const char *field;
  const char *words; /* part of the message */
  guint line;
  guint column;
} Fault;

static const Fault faults[] = {
  { "unknown-field", HEAD "  domain:\n    devices:\n      diks: []\n", "spec.domain.devices.diks",
    "did you mean “disks”", 8, 7 },
  { "wrong-type", HEAD "  domain:\n    devices:\n      blockMultiQueue: 3\n",
    "spec.domain.devices.blockMultiQueue", "must be a boolean", 8, 24 },
  { "number-for-string", HEAD "  hostname: 12\n  domain: {devices: {}}\n", "spec.hostname",
    "put it in quotes", 6, 13 },
  { "missing", HEAD "  domain: {}\n", "spec.domain.devices", "required", 6, 3 },
  { "quantity", HEAD "  domain: {memory: {guest: 1Qi}, devices: {}}\n", "spec.domain.memory.guest",
    "no quantity", 6, 28 },
  { "no-list", HEAD "  tolerations: {key: a}\n  domain: {devices: {}}\n", "spec.tolerations",
    "must be a list", 6, 16 },
  { "no-map", HEAD "  affinity: [a]\n  domain: {devices: {}}\n", "spec.affinity", "must be a map",
    6, 13 },
  { "range", HEAD "  domain: {cpu: {cores: -1}, devices: {}}\n", "spec.domain.cpu.cores",
    "out of range", 6, 25 },
  { "duplicate-key", HEAD "  domain: {devices: {}}\n  hostname: a\n  hostname: b\n", "",
    "second time", 8, 3 },
  { "unknown-kind", "apiVersion: kubevirt.io/v1\nkind: VirtualMashine\nmetadata: {name: a}\n",
    "kind", "did you mean “VirtualMachine”", 2, 7 },
  { "version", "apiVersion: kubevirt.io/v9\nkind: VirtualMachine\nmetadata: {name: a}\n",
    "apiVersion", "kubevirt.io/v1", 1, 13 },
  { "no-kind", "metadata: {name: a}\n", "kind", "needs both", 1, 1 },
  { "not-a-map", "- a\n", "", "must be a map", 1, 1 },
  { "syntax", "a: [\n", "", "not YAML", 2, 1 },
  { "encoding", "a: \xff\n", "", "not UTF-8", 1, 4 },
  { "alias", "a: *b\n", "", "names no complete value", 1, 4 },
  { "empty-entry", HEAD "  volumes:\n  -\n  domain: {devices: {}}\n", "spec.volumes[0]", "empty", 7,
    4 },
};

static void
test_fault (gconstpointer data)
{
  const Fault *fault = data;
  g_autoptr (BvManifest) manifest = read_text (fault->text);
  GPtrArray *causes = bv_manifest_get_causes (manifest);
  BvCause *cause;

  g_assert_false (bv_manifest_is_valid (manifest));
  g_assert_cmpuint (causes->len, >=, 1);
  cause = causes->pdata[0];
  g_assert_cmpstr (bv_cause_get_field (cause), ==, fault->field);
  g_assert_nonnull (strstr (bv_cause_get_message (cause), fault->words));
  g_assert_cmpuint (bv_cause_get_line (cause), ==, fault->line);
  g_assert_cmpuint (bv_cause_get_column (cause), ==, fault->column);
  g_assert_cmpstr (bv_cause_get_file (cause), ==, "guest.yaml");
}

static void
test_every_cause_at_once (void)
{
  g_autoptr (BvManifest) manifest =
      read_text (HEAD "  hostname: 1\n  nodeSelektor: {}\n---\nkind: X\napiVersion: v1\n");
  GPtrArray *causes = bv_manifest_get_causes (manifest);

  g_assert_cmpuint (causes->len, ==, 4);
  g_assert_cmpuint (bv_cause_get_document (causes->pdata[3]), ==, 1);
}

static void
test_list_and_documents (void)
{
  g_autoptr (BvManifest) manifest = read_text (
      "kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n"
      "- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n---\n"
      "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"c\"}}\n");

  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_cmpuint (g_list_model_get_n_items (bv_manifest_get_objects (manifest)), ==, 3);
}

static void
test_merge_keys (void)
{
  g_autoptr (BvManifest) manifest =
      read_text (HEAD "  nodeSelector: &a {x: '1', y: '2'}\n  domain:\n    devices: {}\n"
                      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  <<: {k: "
                      "v, l: w}\n  k: mine\n");
  g_autoptr (BvObject) object = g_list_model_get_item (bv_manifest_get_objects (manifest), 1);
  g_autoptr (GVariant) k = bv_object_get_field (object, "data.k");

  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_cmpstr (g_variant_get_string (k, NULL), ==, "mine");
}

static void
test_two_merge_keys (void)
{
  g_autoptr (BvManifest) manifest =
      read_text ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
                 "  <<: {k: v}\n  <<: {l: w}\n");
  BvCause *cause = bv_manifest_get_causes (manifest)->pdata[0];

  g_assert_cmpuint (bv_cause_get_line (cause), ==, 6);
  g_assert_nonnull (strstr (bv_cause_get_message (cause), "second time"));
}

/* In quotes it is a word like others, in YAML, in JSON and on the way back. */
static void
test_quoted_merge_key (void)
{
  const char *const texts[] = {
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  \"<<\": v\n  '<': w\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"},\n"
    " \"data\": {\"<<\": \"v\"}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (BvManifest) manifest = read_text (texts[i]);
      g_autoptr (BvObject) object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
      g_autofree char *yaml = bv_object_to_yaml (object);
      g_autoptr (BvManifest) again = read_text (yaml);
      g_autoptr (BvObject) copy = g_list_model_get_item (bv_manifest_get_objects (again), 0);
      g_autoptr (GVariant) data = bv_object_get_field (copy, "data");
      const char *value;

      g_assert_true (g_variant_lookup (data, "<<", "&s", &value));
      g_assert_cmpstr (value, ==, "v");
    }
}

/* Long maps are merged by a table of their keys; the first one that has a key wins. */
static void
test_long_merge (void)
{
  GString *text = g_string_new ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
                                "  k7: mine\n  <<:\n  - {k8: first}\n  - {");
  g_autofree char *whole = NULL;
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (BvObject) object = NULL;
  g_autoptr (GVariant) data = NULL;
  const char *value;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "%sk%u: merged", i > 0 ? ", " : "", i);
  g_string_append (text, "}\n");
  whole = g_string_free (text, FALSE);
  manifest = read_text (whole);
  g_assert_true (bv_manifest_is_valid (manifest));
  object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  data = bv_object_get_field (object, "data");
  g_assert_cmpuint (g_variant_n_children (data), ==, 100);
  g_assert_true (g_variant_lookup (data, "k7", "&s", &value));
  g_assert_cmpstr (value, ==, "mine");
  g_assert_true (g_variant_lookup (data, "k8", "&s", &value));
  g_assert_cmpstr (value, ==, "first");
  g_assert_true (g_variant_lookup (data, "k99", "&s", &value));
  g_assert_cmpstr (value, ==, "merged");
}

/* Aliases cannot nest what could not be nested without them. */
static void
test_depth_by_aliases (void)
{
  g_autoptr (BvManifest) manifest = read_text (
      "a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
      "b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n");

  g_assert_nonnull (
      strstr (bv_cause_get_message (bv_manifest_get_causes (manifest)->pdata[0]), "deep"));
}

static void
test_limits (void)
{
  g_autofree char *deep = g_strnfill (1000, '[');
  GString *aliases = g_string_new ("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
  g_autofree char *bomb = NULL;
  g_autoptr (BvManifest) nested = read_text (deep);
  g_autoptr (BvManifest) expanded = NULL;

  for (guint i = 1; i < 12; i++)
    {
      g_string_append_printf (aliases, "a%u: &a%u [", i, i);
      for (guint j = 0; j < 9; j++)
        g_string_append_printf (aliases, "%s*a%u", j > 0 ? ", " : "", i - 1);
      g_string_append (aliases, "]\n");
    }
  bomb = g_string_free (aliases, FALSE);
  expanded = read_text (bomb);
  g_assert_nonnull (
      strstr (bv_cause_get_message (bv_manifest_get_causes (nested)->pdata[0]), "deep"));
  g_assert_nonnull (
      strstr (bv_cause_get_message (bv_manifest_get_causes (expanded)->pdata[0]), "values"));
}

static void
test_round_trip (void)
{
  g_autoptr (BvManifest) manifest =
      read_text (HEAD "  nodeSelector: {a: 'true', b: \"x\\ny\"}\n  tolerations: [{key: a, n: 1}]\n"
                      "  domain:\n    memory: {guest: 1Gi}\n    cpu: {cores: 2, numa: {}}\n    "
                      "devices:\n      rng: {}\n"
                      "      disks: [{name: a, disk: {bus: sata}}]\n");
  g_autoptr (BvObject) object = first_object (manifest);
  g_autofree char *yaml = bv_object_to_yaml (object);
  g_autofree char *json = bv_object_to_json (object);
  g_autoptr (BvManifest) from_yaml = read_text (yaml);
  g_autoptr (BvManifest) from_json = read_text (json);
  g_autoptr (BvObject) a = first_object (from_yaml);
  g_autoptr (BvObject) b = first_object (from_json);
  g_autoptr (BvObject) copy = bv_object_copy (object);

  g_assert_true (bv_manifest_is_valid (from_yaml));
  g_assert_true (bv_manifest_is_valid (from_json));
  g_assert_true (bv_object_equal (object, a));
  g_assert_true (bv_object_equal (object, b));
  g_assert_true (bv_object_equal (object, copy));
  g_assert_true (bv_object_set_field (copy, "spec.domain.memory.guest",
                                      g_variant_new_string ("1024Mi"), NULL));
  g_assert_true (bv_object_equal (object, copy));
  g_assert_true (
      bv_object_set_field (copy, "spec.domain.cpu.cores", g_variant_new_int64 (3), NULL));
  g_assert_false (bv_object_equal (object, copy));
}

static void
test_set_field (void)
{
  g_autoptr (BvVmi) vmi = bv_vmi_new ("guest");
  BvObject *object = BV_OBJECT (vmi);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) bus = NULL;

  g_assert_true (bv_object_set_field (object, "spec.domain.devices.disks[0].disk.bus",
                                      g_variant_new_string ("virtio"), &error));
  g_assert_no_error (error);
  g_assert_false (bv_object_set_field (object, "spec.domain.devices.disks[2].name",
                                       g_variant_new_string ("x"), &error));
  g_clear_error (&error);
  g_assert_false (
      bv_object_set_field (object, "spec.domain.cpu.cores", g_variant_new_string ("two"), &error));
  g_clear_error (&error);
  g_assert_false (
      bv_object_set_field (object, "spec.domain.cpus.cores", g_variant_new_int64 (2), &error));
  g_assert_nonnull (strstr (error->message, "cpus"));
  bus = bv_object_get_field (object, "spec.domain.devices.disks[0].disk.bus");
  g_assert_cmpstr (g_variant_get_string (bus, NULL), ==, "virtio");
}

static void
test_vm_template (void)
{
  g_autoptr (BvManifest) manifest = read_text (
      "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: vm, namespace: lab}\n"
      "spec:\n  runStrategy: Always\n  template:\n    metadata: {labels: {a: b}}\n"
      "    spec: {domain: {devices: {}}}\n");
  g_autoptr (BvObject) object = first_object (manifest);
  g_autoptr (BvVmi) vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
  g_autoptr (GVariant) label = bv_object_get_field (BV_OBJECT (vmi), "metadata.labels.a");

  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_cmpstr (bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (object)), ==, "Always");
  g_assert_cmpstr (bv_object_get_name (BV_OBJECT (vmi)), ==, "vm");
  g_assert_cmpstr (bv_object_get_namespace (BV_OBJECT (vmi)), ==, "lab");
  g_assert_cmpstr (g_variant_get_string (label, NULL), ==, "b");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manifest/good", test_good);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/manifest/fault/", faults[i].name, NULL);

      g_test_add_data_func (path, &faults[i], test_fault);
    }
  g_test_add_func ("/manifest/every-cause-at-once", test_every_cause_at_once);
  g_test_add_func ("/manifest/list-and-documents", test_list_and_documents);
  g_test_add_func ("/manifest/merge-keys", test_merge_keys);
  g_test_add_func ("/manifest/two-merge-keys", test_two_merge_keys);
  g_test_add_func ("/manifest/quoted-merge-key", test_quoted_merge_key);
  g_test_add_func ("/manifest/long-merge", test_long_merge);
  g_test_add_func ("/manifest/depth-by-aliases", test_depth_by_aliases);
  g_test_add_func ("/manifest/limits", test_limits);
  g_test_add_func ("/manifest/round-trip", test_round_trip);
  g_test_add_func ("/manifest/set-field", test_set_field);
  g_test_add_func ("/manifest/vm-template", test_vm_template);
  return g_test_run ();
}
