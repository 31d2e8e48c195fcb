/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-disk-namer.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"
#include "volume/bv-disk.h"
#include "volume/bv-vmi-storage.h"
#include "volume/bv-volume-migration.h"

#define HEAD                                                                                       \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: guest}, spec: "

static BvVmi *
read_vmi (const char *spec)
{
  g_autofree char *text = g_strconcat (HEAD, spec, "}", NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "guest", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvVmi *
read_volume (const char *source)
{
  g_autofree char *spec =
      g_strdup_printf ("{domain: {devices: {}}, volumes: [{name: v, %s}]}", source);

  return read_vmi (spec);
}

typedef struct
{
  const char *source;
  const char *manifest;
  const char *format;
  const char *claim;
  gboolean iso;
  gboolean discards; /* on storage that can */
} Kind;

static const Kind kinds[] = {
  { "containerDisk", "containerDisk: {image: i}", "qcow2", NULL, FALSE, TRUE },
  { "persistentVolumeClaim", "persistentVolumeClaim: {claimName: c}", "raw", "c", FALSE, TRUE },
  { "dataVolume", "dataVolume: {name: c}", "raw", "c", FALSE, TRUE },
  { "ephemeral", "ephemeral: {persistentVolumeClaim: {claimName: c}}", "qcow2", "c", FALSE, TRUE },
  { "emptyDisk", "emptyDisk: {capacity: 1Gi}", "qcow2", NULL, FALSE, TRUE },
  { "hostDisk", "hostDisk: {path: /d, type: Disk}", "raw", NULL, FALSE, FALSE },
  { "cloudInitNoCloud", "cloudInitNoCloud: {userData: d}", "raw", NULL, TRUE, FALSE },
  { "cloudInitConfigDrive", "cloudInitConfigDrive: {userData: d}", "raw", NULL, TRUE, FALSE },
  { "configMap", "configMap: {name: c}", "raw", NULL, TRUE, FALSE },
  { "secret", "secret: {secretName: s}", "raw", NULL, TRUE, FALSE },
  { "serviceAccount", "serviceAccount: {serviceAccountName: s}", "raw", NULL, TRUE, FALSE },
  { "downwardAPI", "downwardAPI: {}", "raw", NULL, TRUE, FALSE },
  { "sysprep", "sysprep: {configMap: {name: c}}", "raw", NULL, TRUE, FALSE },
  { "downwardMetrics", "downwardMetrics: {}", "raw", NULL, FALSE, FALSE },
  { "memoryDump", "memoryDump: {claimName: c}", "raw", "c", FALSE, FALSE },
  { "containerPath", "containerPath: {path: /p}", "raw", NULL, FALSE, FALSE },
};

static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  g_autoptr (BvVmi) vmi = read_volume (kind->manifest);
  g_autoptr (GListModel) list = bv_vmi_get_volumes (vmi);
  g_autoptr (BvVolume) volume = g_list_model_get_item (list, 0);
  const BvVolumeClass *class = bv_volume_class_of (bv_volume_get_record (volume));

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1);
  g_assert_true (class == BV_VOLUME_GET_CLASS (volume));
  g_assert_cmpstr (bv_volume_get_name (volume), ==, "v");
  g_assert_cmpstr (bv_volume_get_source (volume), ==, kind->source);
  g_assert_cmpstr (bv_volume_get_claim_name (volume), ==, kind->claim);
  g_assert_cmpstr (class->format, ==, kind->format);
  g_assert_cmpint (class->iso, ==, kind->iso);
  g_assert_cmpint (bv_volume_class_discards (class, NULL), ==, kind->discards);
}

static void
test_no_source (void)
{
  g_autoptr (BvVmi) vmi = read_vmi ("{domain: {devices: {}}, volumes: [{name: v}]}");
  g_autoptr (GListModel) list = bv_vmi_get_volumes (vmi);

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  g_assert_null (bv_volume_class_of (bv_vmi_get_record (vmi)->spec->volumes[0]));
}

/* A volume is good for as long as someone has it. */
static void
test_outlives_vmi (void)
{
  g_autoptr (BvVolume) volume = NULL;
  BvVmi *vmi = read_volume (kinds[0].manifest);
  GListModel *list = bv_vmi_get_volumes (vmi);

  volume = g_list_model_get_item (list, 0);
  g_assert_finalize_object (list);
  g_object_unref (vmi);
  g_assert_cmpstr (bv_volume_get_name (volume), ==, "v");
}

typedef struct
{
  const char *name;
  const char *manifest;
  BvVolumeSharing sharing;
  BvVolumeMigration migration;
  const char *reason; /* a part of it */
} Move;

static const Move moves[] = {
  { "claim/shared", "persistentVolumeClaim: {claimName: c1}", BV_VOLUME_SHARING_ALL,
    BV_VOLUME_MIGRATION_SHARED, NULL },
  { "claim/own", "persistentVolumeClaim: {claimName: c1}", BV_VOLUME_SHARING_NONE,
    BV_VOLUME_MIGRATION_IMPOSSIBLE, "claim c1 is not shared" },
  { "claim/unknown", "dataVolume: {name: c2}", BV_VOLUME_SHARING_UNKNOWN,
    BV_VOLUME_MIGRATION_IMPOSSIBLE, "whether the claim c2 is shared" },
  { "host-disk/own", "hostDisk: {path: /d, type: Disk}", BV_VOLUME_SHARING_UNKNOWN,
    BV_VOLUME_MIGRATION_IMPOSSIBLE, "host disk v is not shared" },
  { "host-disk/shared", "hostDisk: {path: /d, type: Disk, shared: true}", BV_VOLUME_SHARING_UNKNOWN,
    BV_VOLUME_MIGRATION_SHARED, NULL },
  { "host-disk/claim", "hostDisk: {path: /d, type: Disk}", BV_VOLUME_SHARING_ALL,
    BV_VOLUME_MIGRATION_SHARED, NULL },
  { "container-disk", "containerDisk: {image: i}", BV_VOLUME_SHARING_UNKNOWN,
    BV_VOLUME_MIGRATION_COPIED, NULL },
  { "secret", "secret: {secretName: s}", BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_COPIED, NULL },
};

static void
test_move (gconstpointer data)
{
  const Move *move = data;
  g_autoptr (BvVmi) vmi = read_volume (move->manifest);
  const BvApiVolume *record = bv_vmi_get_record (vmi)->spec->volumes[0];
  const BvVolumeClass *class = bv_volume_class_of (record);
  g_autofree char *reason = NULL;

  g_assert_cmpint (bv_volume_class_get_migration (class, record, move->sharing, &reason), ==,
                   move->migration);
  if (move->reason == NULL)
    g_assert_null (reason);
  else
    g_assert_nonnull (strstr (reason, move->reason));
}

static const Move whole_moves[] = {
  { "none", "{domain: {devices: {}}}", BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_SHARED, NULL },
  { "copied",
    "{domain: {devices: {disks: [{name: a}, {name: b}]}}, volumes: [{name: a, "
    "persistentVolumeClaim: {claimName: c}}, {name: b, emptyDisk: {capacity: 1Gi}}]}",
    BV_VOLUME_SHARING_ALL, BV_VOLUME_MIGRATION_COPIED, NULL },
  { "impossible",
    "{domain: {devices: {disks: [{name: b}, {name: a}]}}, volumes: [{name: b, emptyDisk: "
    "{capacity: 1Gi}}, {name: a, persistentVolumeClaim: {claimName: c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_IMPOSSIBLE, "claim c is not shared" },
  { "filesystem",
    "{domain: {devices: {filesystems: [{name: a, virtiofs: {}}]}}, volumes: [{name: a, configMap: "
    "{name: c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_SHARED, NULL },
  { "filesystem/claim",
    "{domain: {devices: {filesystems: [{name: a, virtiofs: {}}]}}, volumes: [{name: a, "
    "persistentVolumeClaim: {claimName: c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_IMPOSSIBLE, "claim c is not shared" },
  { "cdrom",
    "{domain: {devices: {disks: [{name: a, cdrom: {}}]}}, volumes: [{name: a, configMap: {name: "
    "c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_SHARED, NULL },
  { "cdrom/writable",
    "{domain: {devices: {disks: [{name: a, cdrom: {readonly: false}}]}}, volumes: [{name: a, "
    "configMap: {name: c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_COPIED, NULL },
  { "disk/read-only",
    "{domain: {devices: {disks: [{name: a, disk: {readonly: true}}]}}, volumes: [{name: a, "
    "configMap: {name: c}}]}",
    BV_VOLUME_SHARING_NONE, BV_VOLUME_MIGRATION_COPIED, NULL },
  { "no-source", "{domain: {devices: {}}, volumes: [{name: a}]}", BV_VOLUME_SHARING_NONE,
    BV_VOLUME_MIGRATION_SHARED, NULL },
};

static BvVolumeSharing
get_sharing (const BvApiVolume *record, gpointer user_data)
{
  const BvVolumeSharing *sharing = user_data;

  return *sharing;
}

static void
test_whole_move (gconstpointer data)
{
  const Move *move = data;
  g_autoptr (BvVmi) vmi = read_vmi (move->manifest);
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpint (bv_volumes_get_migration (bv_vmi_get_record (vmi)->spec, get_sharing,
                                             (gpointer)&move->sharing, reasons),
                   ==, move->migration);
  g_assert_cmpuint (reasons->len, ==, move->reason == NULL ? 0 : 1);
  if (move->reason != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (reasons, 0), move->reason));
}

static void
test_disks (void)
{
  g_autoptr (BvVmi) vmi = read_vmi (
      "{domain: {devices: {disks: [{name: a}, {name: b, cdrom: {bus: sata}}, {name: c, bootOrder: "
      "2, serial: SN, lun: {bus: scsi, readonly: true}}, {name: d, cdrom: {readonly: false}}]}}}");
  g_autoptr (GListModel) list = bv_vmi_get_disks (vmi);
  static const struct
  {
    const char *name;
    const char *device;
    const char *bus;
    const char *serial;
    guint boot_order;
    gboolean read_only;
  } expected[] = {
    { "a", "disk", NULL, NULL, 0, FALSE },
    { "b", "cdrom", "sata", NULL, 0, TRUE },
    { "c", "lun", "scsi", "SN", 2, TRUE },
    { "d", "cdrom", NULL, NULL, 0, FALSE },
  };

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (BvDisk) disk = g_list_model_get_item (list, i);
      g_autofree char *name = NULL;
      g_autofree char *device = NULL;
      g_autofree char *bus = NULL;
      g_autofree char *serial = NULL;
      guint boot_order;
      gboolean read_only;

      g_object_get (disk, "name", &name, "device", &device, "bus", &bus, "serial", &serial,
                    "boot-order", &boot_order, "read-only", &read_only, NULL);
      g_assert_cmpstr (name, ==, expected[i].name);
      g_assert_cmpstr (device, ==, expected[i].device);
      g_assert_cmpstr (bus, ==, expected[i].bus);
      g_assert_cmpstr (serial, ==, expected[i].serial);
      g_assert_cmpuint (boot_order, ==, expected[i].boot_order);
      g_assert_cmpint (read_only, ==, expected[i].read_only);
    }
}

static void
assert_next (BvDiskNamer *namer, const char *bus, const char *expected)
{
  char name[BV_DISK_NAME_SIZE];
  guint number;

  g_assert_true (bv_disk_namer_next (namer, bus, &number));
  bv_disk_namer_print (bus, number, name);
  g_assert_cmpstr (name, ==, expected);
}

static void
test_names (void)
{
  g_auto (BvDiskNamer) namer = { 0 };
  guint number;

  assert_next (&namer, "virtio", "vda");
  assert_next (&namer, "sata", "sda");
  assert_next (&namer, "scsi", "sdb");
  assert_next (&namer, "usb", "sdc");
  assert_next (&namer, "virtio", "vdb");
  g_assert_false (bv_disk_namer_next (&namer, "ide", &number));
  g_assert_false (bv_disk_namer_next (&namer, NULL, &number));
}

static void
test_kept_names (void)
{
  g_auto (BvDiskNamer) namer = { 0 };
  guint number;

  bv_disk_namer_keep (&namer, "virtio", "vdb");
  bv_disk_namer_keep (&namer, "virtio", "vda");
  bv_disk_namer_keep (&namer, "virtio", "sdc");  /* of another bus */
  bv_disk_namer_keep (&namer, "virtio", "vd");   /* no name */
  bv_disk_namer_keep (&namer, "virtio", "vd-c"); /* nor this */
  assert_next (&namer, "virtio", "vdc");
  assert_next (&namer, "scsi", "sda");
  g_assert_true (bv_disk_namer_find (&namer, "virtio", "vdb", &number));
  g_assert_cmpuint (number, ==, 1);
  g_assert_false (bv_disk_namer_find (&namer, "virtio", "sdb", &number));
  g_assert_false (bv_disk_namer_find (&namer, "virtio", "vdaaaaaaaaaaaa", &number));
}

/* Every name is found again by its number. */
static void
test_name_numbers (void)
{
  static const guint numbers[] = { 0, 25, 26, 27, 701, 702, 703, 18277, 18278, 475253 };
  static const char *const names[] = { "sda",   "sdz",   "sdaa",  "sdab",   "sdzz",
                                       "sdaaa", "sdaab", "sdzzz", "sdaaaa", "sdzzzz" };
  BvDiskNamer namer = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      char name[BV_DISK_NAME_SIZE];
      guint number;

      bv_disk_namer_print ("scsi", numbers[i], name);
      g_assert_cmpstr (name, ==, names[i]);
      g_assert_true (bv_disk_namer_find (&namer, "scsi", name, &number));
      g_assert_cmpuint (number, ==, numbers[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/volume/kind/", kinds[i].source, NULL);

      g_test_add_data_func (path, &kinds[i], test_kind);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autofree char *path = g_strconcat ("/volume/migration/", moves[i].name, NULL);

      g_test_add_data_func (path, &moves[i], test_move);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (whole_moves); i++)
    {
      g_autofree char *path = g_strconcat ("/volumes/migration/", whole_moves[i].name, NULL);

      g_test_add_data_func (path, &whole_moves[i], test_whole_move);
    }
  g_test_add_func ("/volume/no-source", test_no_source);
  g_test_add_func ("/volume/outlives-vmi", test_outlives_vmi);
  g_test_add_func ("/disk/properties", test_disks);
  g_test_add_func ("/disk/names", test_names);
  g_test_add_func ("/disk/names/kept", test_kept_names);
  g_test_add_func ("/disk/names/numbers", test_name_numbers);
  return g_test_run ();
}
