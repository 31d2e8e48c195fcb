/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bv-program.h"
#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-preparer.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

#define OBJECTS                                                                                    \
  "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {one.conf: first, b: two}," \
  " binaryData: {raw: AAEC}}\n"                                                                    \
  "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: answers}, data: {Autounattend.xml: "    \
  "a}}\n"                                                                                          \
  "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: climbing}, data: {../up: x}}\n"         \
  "---\n{apiVersion: v1, kind: Secret, metadata: {name: boot}, data: {userdata: I2NsZWFy},"        \
  " stringData: {networkData: 'version: 2'}}\n"                                                    \
  "---\n{apiVersion: v1, kind: Secret, metadata: {name: keys},"                                    \
  " stringData: {b: ssh-rsa B, a: ssh-rsa A}}\n"                                                   \
  "---\n{apiVersion: v1, kind: Secret, metadata: {name: token},"                                   \
  " stringData: {token: t0k3n, ca.crt: CA, other: none}}\n"                                        \
  "---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}, secrets: [{name: "         \
  "token}]}\n"

typedef struct
{
  char *folder;
  char *images;
  char *disks;
  GListModel *objects;
  BvManifest *manifest;
  BvVmi *vmi;
  BvVolumeObjects *found;
  BvVolumeWork work;
  BvConfig *config;
} Fixture;

static BvManifest *
read_manifest (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_steal_pointer (&manifest);
}

static BvObject *
look_up (const char *kind, const char *namespace, const char *name, gpointer user_data)
{
  GListModel *objects = user_data;

  g_assert_cmpstr (namespace, ==, "default");
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);

      if (g_str_equal (bv_object_get_kind (object), kind) &&
          g_str_equal (bv_object_get_name (object), name))
        return object;
    }
  return NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-volume-XXXXXX", NULL);
  fixture->images = g_build_filename (fixture->folder, "run", "uid.volumes", NULL);
  fixture->disks = g_build_filename (fixture->folder, "state", "volumes", "uid", NULL);
  fixture->manifest = read_manifest (OBJECTS);
  fixture->objects = bv_manifest_get_objects (fixture->manifest);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  bv_volume_folder_remove (fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (fixture->folder, G_FILE_TEST_EXISTS));
  g_clear_pointer (&fixture->found, bv_volume_objects_free);
  g_clear_object (&fixture->vmi);
  g_object_unref (fixture->manifest);
  g_free (fixture->folder);
  g_free (fixture->images);
  g_free (fixture->disks);
  g_clear_pointer (&fixture->config, bv_config_unref);
}

/* A VMI with the volume v. */
static void
use (Fixture *fixture, const char *source)
{
  g_autofree char *text = g_strdup_printf (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web.example.org,"
      " labels: {b: '\"x\"', a: 'y'}, annotations: {kubevirt.io/instancetype-name: small}},"
      " spec: {accessCredentials: ["
      "{sshPublicKey: {source: {secret: {secretName: keys}}, propagationMethod: {noCloud: {}}}},"
      "{sshPublicKey: {source: {secret: {secretName: keys}}, propagationMethod: {configDrive: "
      "{}}}}],"
      " domain: {devices: {}, firmware: {uuid: 5d307ca9-b3ef-428c-8861-06e72d69f223},"
      " resources: {requests: {memory: 1025Ki}, limits: {cpu: 1500m}}},"
      " volumes: [{name: v, %s}]}}",
      source);
  g_autoptr (BvManifest) manifest = read_manifest (text);

  g_clear_object (&fixture->vmi);
  g_clear_pointer (&fixture->found, bv_volume_objects_free);
  fixture->vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  fixture->found = bv_volume_objects_new (fixture->vmi, look_up, fixture->objects);
  if (fixture->config == NULL)
    fixture->config = bv_config_new ();
  fixture->work = (BvVolumeWork){ .vmi = fixture->vmi,
                                  .config = fixture->config,
                                  .objects = fixture->found,
                                  .image_folder = fixture->images,
                                  .disk_folder = fixture->disks,
                                  .group = BV_NO_GROUP };
}

/* Its image, or NULL. */
static char *
prepare (Fixture *fixture, GError **error)
{
  const BvApiVolume *volume = bv_vmi_get_record (fixture->vmi)->spec->volumes[0];
  const BvVolumePreparer *preparer = bv_volume_preparer_find (volume, BV_VOLUME_USE_DISK);

  g_auto (BvVolumeFacts) facts = { 0 };

  g_assert_nonnull (preparer);
  if (!bv_volume_preparer_run (preparer, &fixture->work, volume, &facts, error))
    return NULL;
  return g_steal_pointer (&facts.path);
}

static char *
prepare_good (Fixture *fixture, const char *source)
{
  g_autoptr (GError) error = NULL;
  char *path;

  use (fixture, source);
  path = prepare (fixture, &error);
  g_assert_no_error (error);
  return path;
}

static char *
get_output (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
  char *output = NULL;

  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_true (g_subprocess_get_successful (process));
  return output;
}

static void
assert_label (const char *image, const char *label)
{
  const char *const arguments[] = { "blkid", "-p", "-s", "LABEL", "-o", "value", image, NULL };
  g_autofree char *output = get_output (arguments);

  g_assert_cmpstr (g_strchomp (output), ==, label);
}

/* What the image holds, as "PATH MODE" and the contents, in the order of the paths. */
static char *
unpack (Fixture *fixture, const char *image)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "unpacked", NULL);
  const char *const extract[] = { "xorriso", "-no_rc",   "-osirrox", "on",   "-indev",
                                  image,     "-extract", "/",        folder, NULL };
  const char *const show[] = {
    "sh", "-c",
    "cd \"$0\" && find . -type f | LC_ALL=C sort | while read -r f; do"
    " stat -c '%n %a' \"$f\"; od -v -An -c \"$f\" | tr -d ' \\n'; echo; done; chmod -R u+w .",
    folder, NULL
  };
  g_autofree char *extracted = get_output (extract);
  char *text = get_output (show);

  g_assert_true (bv_volume_folder_remove (folder, NULL));
  return text;
}

typedef struct
{
  const char *name;
  const char *source;
  const char *label;
  const char *contents;
} Case;

#define UUID "5d307ca9-b3ef-428c-8861-06e72d69f223"

static const Case cases[] = {
  { "no-cloud", "cloudInitNoCloud: {userData: \"#cloud\", networkDataBase64: dmVyc2lvbjogMQ==}",
    "cidata",
    "./meta-data 600\n"
    "{\"instance-type\":\"small\",\"instance-id\":\"" UUID "\",\"local-hostname\":\"web\","
    "\"public-keys\":{\"0\":\"ssh-rsaA\",\"1\":\"ssh-rsaB\"}}\n"
    "./network-config 600\nversion:1\n./user-data 600\n#cloud\n" },
  { "no-cloud-secrets",
    "cloudInitNoCloud: {secretRef: {name: boot}, networkDataSecretRef: {name: boot}}", "cidata",
    "./meta-data 600\n"
    "{\"instance-type\":\"small\",\"instance-id\":\"" UUID "\",\"local-hostname\":\"web\","
    "\"public-keys\":{\"0\":\"ssh-rsaA\",\"1\":\"ssh-rsaB\"}}\n"
    "./network-config 600\nversion:2\n./user-data 600\n#clear\n" },
  { "config-drive", "cloudInitConfigDrive: {userDataBase64: I2M=, networkData: '{}'}", "config-2",
    "./openstack/latest/meta_data.json 600\n"
    "{\"instance_type\":\"small\",\"instance_id\":\"web.example.org.default\","
    "\"hostname\":\"web\",\"uuid\":\"" UUID "\","
    "\"public_keys\":{\"0\":\"ssh-rsaA\",\"1\":\"ssh-rsaB\"}}\n"
    "./openstack/latest/network_data.json 600\n{}\n./openstack/latest/user_data 600\n#c\n" },
  { "config-map", "configMap: {name: map}", "cfgdata",
    "./b 644\ntwo\n./one.conf 644\nfirst\n./raw 644\n\\0001002\n" },
  { "config-map-label", "configMap: {name: map, volumeLabel: OEMDRV}", "OEMDRV",
    "./b 644\ntwo\n./one.conf 644\nfirst\n./raw 644\n\\0001002\n" },
  { "config-map-optional", "configMap: {name: none, optional: true}", "cfgdata", "" },
  { "secret", "secret: {secretName: boot, volumeLabel: Secret-1}", "Secret-1",
    "./networkData 644\nversion:2\n./userdata 644\n#clear\n" },
  { "secret-optional", "secret: {secretName: none, optional: true}", "cfgdata", "" },
  { "sysprep", "sysprep: {configMap: {name: answers}}", "unattendCD",
    "./Autounattend.xml 644\na\n" },
  { "service-account", "serviceAccount: {serviceAccountName: robot}", "cfgdata",
    "./ca.crt 644\nCA\n./namespace 644\ndefault\n./token 644\nt0k3n\n" },
  { "downward-api",
    "downwardAPI: {fields: [{path: name, fieldRef: {fieldPath: metadata.name}},"
    " {path: deep/labels, fieldRef: {fieldPath: metadata.labels}, mode: 256},"
    " {path: 'one label', fieldRef: {fieldPath: \"metadata.labels['a']\"}},"
    " {path: nothing, fieldRef: {fieldPath: \"metadata.annotations['none']\"}},"
    " {path: cpu, resourceFieldRef: {resource: requests.cpu}},"
    " {path: millis, resourceFieldRef: {resource: limits.cpu, divisor: 1m}},"
    " {path: mem, resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}]}",
    "cfgdata",
    "./cpu 644\n2\n./deep/labels 400\na=\"y\"\\nb=\"\\\"x\\\"\"\n./mem 644\n2\n"
    "./millis 644\n1500\n./name 644\nweb.example.org\n./nothing 644\n\n./one label 644\ny\n" },
};

static void
test_contents (Fixture *fixture, gconstpointer data)
{
  const Case *test = data;
  g_autofree char *image = prepare_good (fixture, test->source);
  g_autofree char *contents = unpack (fixture, image);
  struct stat status;

  assert_label (image, test->label);
  g_assert_cmpstr (contents, ==, test->contents);
  g_assert_cmpint (stat (image, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0600);
}

/* Nothing but the image is left in its folder. */
static void
assert_only (const char *folder, const char *only)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_names = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_assert_cmpstr (name, ==, only);
      n_names++;
    }
  g_assert_cmpuint (n_names, ==, only != NULL);
}

static void
test_same_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *image = prepare_good (fixture, cases[0].source);
  g_autofree char *first = NULL, *second = NULL;
  gsize first_size, second_size;

  g_assert_true (g_file_get_contents (image, &first, &first_size, NULL));
  assert_only (fixture->images, "v.iso");
  /* Another folder and other inodes, as at the next start. */
  g_free (fixture->images);
  fixture->images = g_build_filename (fixture->folder, "run", "other.volumes", NULL);
  g_free (image);
  image = prepare_good (fixture, cases[0].source);
  g_assert_true (g_file_get_contents (image, &second, &second_size, NULL));
  g_assert_cmpmem (first, first_size, second, second_size);
}

/* What a killed service left is not taken for an image, nor in the way. */
static void
test_left_over (Fixture *fixture, gconstpointer data)
{
  g_autofree char *staging = g_build_filename (fixture->images, ".v.iso.new", "files", NULL);
  g_autofree char *half = g_build_filename (staging, "user-data", NULL);
  g_autofree char *image = NULL;

  g_assert_cmpint (g_mkdir_with_parents (staging, 0700), ==, 0);
  g_assert_true (g_file_set_contents (half, "half", 4, NULL));
  image = prepare_good (fixture, cases[0].source);
  assert_only (fixture->images, "v.iso");
  assert_label (image, "cidata");
}

static const struct
{
  const char *source;
  const char *says;
} refused[] = {
  { "configMap: {name: none}", "ConfigMap default/none is not there" },
  { "secret: {secretName: none}", "Secret default/none is not there" },
  { "sysprep: {secret: {name: none}}", "Secret default/none is not there" },
  { "sysprep: {configMap: {name: map}}", "autounattend.xml" },
  { "serviceAccount: {serviceAccountName: none}", "ServiceAccount default/none is not there" },
  { "cloudInitNoCloud: {secretRef: {name: none}}", "Secret default/none is not there" },
  { "cloudInitNoCloud: {secretRef: {name: keys}}", "has no key userdata" },
  { "cloudInitConfigDrive: {userData: x, networkDataSecretRef: {name: keys}}",
    "has no key networkdata" },
  { "configMap: {name: climbing}", "../up" },
  { "downwardAPI: {fields: [{path: a/../../b, fieldRef: {fieldPath: metadata.name}}]}",
    "a/../../b" },
  { "downwardAPI: {fields: [{path: /etc/x, fieldRef: {fieldPath: metadata.name}}]}", "/etc/x" },
  { "emptyDisk: {capacity: 1000}", "too small" },
};

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      use (fixture, refused[i].source);
      g_assert_null (prepare (fixture, &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, refused[i].says));
    }
  assert_only (fixture->images, NULL);
}

static void
test_empty_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *image = prepare_good (fixture, "emptyDisk: {capacity: 10500Ki}");
  const char *const arguments[] = { "qemu-img", "info", "--output=json", image, NULL };
  g_autofree char *info = get_output (arguments);
  g_autofree char *again = NULL;
  struct stat first, second;

  g_assert_true (g_str_has_prefix (image, fixture->disks));
  g_assert_nonnull (strstr (info, "\"format\": \"qcow2\""));
  g_assert_nonnull (strstr (info, "\"virtual-size\": 10485760"));
  assert_only (fixture->disks, "v.qcow2");
  g_assert_cmpint (stat (image, &first), ==, 0);
  again = prepare_good (fixture, "emptyDisk: {capacity: 10500Ki}");
  g_assert_cmpint (stat (again, &second), ==, 0);
  g_assert_cmpuint (first.st_ino, ==, second.st_ino);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  use (fixture, cases[0].source);
  g_cancellable_cancel (cancellable);
  fixture->work.cancellable = cancellable;
  g_assert_null (prepare (fixture, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CANCELLED);
  assert_only (fixture->images, NULL);
}

/* What a service that was killed was making goes, and nothing else. */
static void
test_remains (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *staging = NULL;
  g_autofree char *half = NULL;

  g_free (prepare_good (fixture, "emptyDisk: {capacity: 1Mi}"));
  staging = bv_volume_folder_make_staging (fixture->disks, "v", &error);
  g_assert_no_error (error);
  half = g_build_filename (staging, "image", NULL);
  g_assert_true (g_file_set_contents (half, "x", 1, NULL));
  g_assert_true (bv_volume_folder_remove_staging (fixture->disks, &error));
  g_assert_no_error (error);
  assert_only (fixture->disks, "v.qcow2");
  /* A folder that is not there has none. */
  g_assert_true (bv_volume_folder_remove_staging ("/nonexistent", &error));
}

static void
test_remove_follows_no_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *kept = g_build_filename (fixture->folder, "kept", NULL);
  g_autofree char *doomed = g_build_filename (fixture->folder, "doomed", NULL);
  g_autofree char *link = g_build_filename (doomed, "link", NULL);

  g_assert_true (g_file_set_contents (kept, "x", 1, NULL));
  g_assert_cmpint (g_mkdir (doomed, 0700), ==, 0);
  g_assert_cmpint (symlink (fixture->folder, link), ==, 0);
  g_assert_true (bv_volume_folder_remove (doomed, NULL));
  g_assert_false (g_file_test (doomed, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
  g_assert_true (bv_volume_folder_remove (doomed, NULL));
}

static void
test_program (void)
{
  const char *const says[] = { "sh", "-c", "echo broken >&2; exit 3", NULL };
  const char *const hangs[] = { "sleep", "60", NULL };
  const char *const missing[] = { "barevirt-has-no-such-program", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (bv_program_run (says, 10, NULL, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "sh failed: broken");
  g_clear_error (&error);
  g_assert_false (bv_program_run (hangs, 1, NULL, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (bv_program_run (missing, 1, NULL, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_nonnull (strstr (error->message, missing[0]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/volume-iso/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], set_up, test_contents, tear_down);
    }
  g_test_add ("/volume-iso/same-bytes", Fixture, NULL, set_up, test_same_bytes, tear_down);
  g_test_add ("/volume-iso/left-over", Fixture, NULL, set_up, test_left_over, tear_down);
  g_test_add ("/volume-iso/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/volume-iso/cancelled", Fixture, NULL, set_up, test_cancelled, tear_down);
  g_test_add ("/volume-iso/remains", Fixture, NULL, set_up, test_remains, tear_down);
  g_test_add ("/volume-empty-disk/made-once", Fixture, NULL, set_up, test_empty_disk, tear_down);
  g_test_add ("/volume-folder/remove", Fixture, NULL, set_up, test_remove_follows_no_link,
              tear_down);
  g_test_add_func ("/program/errors", test_program);
  return g_test_run ();
}
