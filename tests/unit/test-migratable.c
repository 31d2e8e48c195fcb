/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "host/volume/bv-volume-facts.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"
#include "runtime/vmi/bv-vmi-migratable.h"

/* LiveMigratable and StorageLiveMigratable: every reason that applies, by KubeVirt's words. */

typedef struct
{
  const char *name;
  const char *spec;
  const char *live;    /* the reasons, in their order */
  const char *storage; /* likewise */
  gboolean block;
} Case;

#define NETWORK "networks: [{name: net, pod: {}}]"
#define CLAIM(name) "volumes: [{name: " name ", persistentVolumeClaim: {claimName: disk}}]"

static const Case cases[] = {
  { "plain", "{domain: {devices: {}}}", "", "", FALSE },
  { "masquerade", "{domain: {devices: {interfaces: [{name: net, masquerade: {}}]}}, " NETWORK "}",
    "", "", FALSE },
  { "bridge", "{domain: {devices: {interfaces: [{name: net, bridge: {}}]}}, " NETWORK "}",
    "InterfaceNotLiveMigratable", "InterfaceNotLiveMigratable", FALSE },
  { "bridge/multus",
    "{domain: {devices: {interfaces: [{name: net, bridge: {}}]}}, networks: [{name: net, multus: "
    "{networkName: x}}]}",
    "", "", FALSE },
  { "host-model", "{domain: {cpu: {model: host-model}, devices: {}}}", "CPUModeLiveMigratable",
    "CPUModeLiveMigratable", FALSE },
  { "host-passthrough", "{domain: {cpu: {model: host-passthrough}, devices: {}}}", "", "", FALSE },
  { "host-device",
    "{domain: {devices: {hostDevices: [{name: a, deviceName: x/pci}, {name: b, deviceName: "
    "x/pci}]}}}",
    "HostDeviceNotLiveMigratable", "HostDeviceNotLiveMigratable", FALSE },
  { "gpu", "{domain: {devices: {gpus: [{name: a, deviceName: x/mdev}]}}}",
    "HostDeviceNotLiveMigratable", "HostDeviceNotLiveMigratable", FALSE },
  { "gpus",
    "{domain: {devices: {gpus: [{name: a, deviceName: x/mdev}, {name: b, deviceName: "
    "x/mdev}]}}}",
    "HostDeviceNotLiveMigratable", "HostDeviceNotLiveMigratable", FALSE },
  { "sev", "{domain: {launchSecurity: {sev: {}}, devices: {}}}", "SEVNotLiveMigratable",
    "SEVNotLiveMigratable", FALSE },
  { "snp", "{domain: {launchSecurity: {snp: {}}, devices: {}}}", "SEVNotLiveMigratable",
    "SEVNotLiveMigratable", FALSE },
  { "tdx", "{domain: {launchSecurity: {tdx: {}}, devices: {}}}", "TDXNotLiveMigratable",
    "TDXNotLiveMigratable", FALSE },
  { "secure-execution", "{architecture: s390x, domain: {launchSecurity: {}, devices: {}}}",
    "SecureExecutionNotLiveMigratable", "", FALSE },
  { "invtsc", "{domain: {cpu: {features: [{name: invtsc, policy: require}]}, devices: {}}}",
    "NoTSCFrequencyNotLiveMigratable", "NoTSCFrequencyNotLiveMigratable", FALSE },
  { "invtsc/disabled",
    "{domain: {cpu: {features: [{name: invtsc, policy: disable}]}, devices: {}}}", "", "", FALSE },
  { "reenlightenment",
    "{domain: {features: {hyperv: {reenlightenment: {enabled: true}}}, devices: {}}}",
    "NoTSCFrequencyNotLiveMigratable", "NoTSCFrequencyNotLiveMigratable", FALSE },
  { "hyperv-passthrough", "{domain: {features: {hypervPassthrough: {}}, devices: {}}}",
    "HypervPassthroughNotLiveMigratable", "HypervPassthroughNotLiveMigratable", FALSE },
  { "hyperv-passthrough/off",
    "{domain: {features: {hypervPassthrough: {enabled: false}}, devices: {}}}", "", "", FALSE },
  { "filesystem",
    "{domain: {devices: {filesystems: [{name: a, virtiofs: {}}]}}, volumes: [{name: a, configMap: "
    "{name: c}}]}",
    "VirtIOFSNotLiveMigratable", "VirtIOFSNotLiveMigratable", FALSE },
  { "reservation",
    "{domain: {devices: {disks: [{name: rwx, lun: {reservation: true}}]}}, " CLAIM ("rwx") "}", "",
    "PersistentReservationNotLiveMigratable", FALSE },
  { "claim/shared", "{domain: {devices: {disks: [{name: rwx}]}}, " CLAIM ("rwx") "}", "", "",
    FALSE },
  { "claim/local", "{domain: {devices: {disks: [{name: rwo}]}}, " CLAIM ("rwo") "}",
    "DisksNotLiveMigratable", "", TRUE },
  { "claim/unknown", "{domain: {devices: {disks: [{name: new}]}}, " CLAIM ("new") "}",
    "DisksNotLiveMigratable", "", TRUE },
  { "host-disk",
    "{domain: {devices: {disks: [{name: a}]}}, volumes: [{name: a, hostDisk: {path: "
    "/a, type: Disk}}]}",
    "DisksNotLiveMigratable", "", TRUE },
  { "host-disk/shared",
    "{domain: {devices: {disks: [{name: a}]}}, volumes: [{name: a, hostDisk: {path: /a, type: "
    "Disk, shared: true}}]}",
    "", "", FALSE },
  { "empty-disk",
    "{domain: {devices: {disks: [{name: a}]}}, volumes: [{name: a, emptyDisk: {capacity: 1Gi}}]}",
    "", "", TRUE },
  { "all",
    "{domain: {cpu: {model: host-model}, launchSecurity: {sev: {}}, features: {hypervPassthrough: "
    "{}}, devices: {interfaces: [{name: net, bridge: {}}], hostDevices: [{name: h, deviceName: "
    "x/pci}], disks: [{name: rwo}, {name: b}]}}, " NETWORK ", volumes: [{name: rwo, "
    "persistentVolumeClaim: {claimName: disk}}, {name: b, hostDisk: {path: /a, type: Disk}}]}",
    "InterfaceNotLiveMigratable CPUModeLiveMigratable HostDeviceNotLiveMigratable "
    "SEVNotLiveMigratable HypervPassthroughNotLiveMigratable DisksNotLiveMigratable "
    "DisksNotLiveMigratable",
    "InterfaceNotLiveMigratable CPUModeLiveMigratable HostDeviceNotLiveMigratable "
    "SEVNotLiveMigratable HypervPassthroughNotLiveMigratable",
    TRUE },
};

static BvVmi *
read_vmi (const char *spec)
{
  g_autofree char *text = g_strdup_printf ("{apiVersion: kubevirt.io/v1, kind: "
                                           "VirtualMachineInstance, metadata: {name: a}, spec: %s}",
                                           spec);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  for (guint i = 0; i < bv_manifest_get_causes (manifest)->len; i++)
    g_test_message ("%s", bv_cause_get_message (bv_manifest_get_causes (manifest)->pdata[i]));
  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static void
add_claim (GHashTable *volumes, const char *name, const char *mode)
{
  BvVolumeFacts *facts = g_new0 (BvVolumeFacts, 1);

  facts->claim.name = g_strdup ("disk");
  facts->claim.access_modes = g_strsplit (mode, " ", -1);
  g_hash_table_insert (volumes, g_strdup (name), facts);
}

static BvMigratable *
judge (BvVmi *vmi, const BvConfig *config)
{
  g_autoptr (GHashTable) volumes = bv_volume_facts_table_new ();
  g_autoptr (BvHostFacts) host = bv_host_facts_new ();
  BvMigratableInput input = { bv_vmi_get_record (vmi), volumes, config, host };

  host->capabilities->known = TRUE;
  add_claim (volumes, "rwo", "ReadWriteOnce");
  add_claim (volumes, "rwx", "ReadWriteOnce ReadWriteMany");
  return bv_migratable_new (&input);
}

static char *
list_reasons (GPtrArray *obstacles)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < obstacles->len; i++)
    {
      const BvObstacle *obstacle = g_ptr_array_index (obstacles, i);

      g_assert_cmpuint (strlen (obstacle->message), >, 20);
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", obstacle->reason);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (BvConfig) config = bv_config_new ();
  g_autoptr (BvVmi) vmi = read_vmi (self->spec);
  g_autoptr (BvMigratable) found = judge (vmi, config);
  g_autofree char *live = list_reasons (found->live);
  g_autofree char *storage = list_reasons (found->storage);

  g_assert_cmpstr (live, ==, self->live);
  g_assert_cmpstr (storage, ==, self->storage);
  g_assert_cmpint (found->block, ==, self->block);
  g_assert_cmpstr (bv_migratable_get_method (found), ==,
                   self->block ? "BlockMigration" : "LiveMigration");
}

/* The first reason is KubeVirt's; the message has them all. */
static void
test_conditions (void)
{
  g_autoptr (BvConfig) config = bv_config_new ();
  g_autoptr (BvVmi) vmi = read_vmi (cases[G_N_ELEMENTS (cases) - 1].spec);
  g_autoptr (BvMigratable) found = judge (vmi, config);
  g_autoptr (BvConditions) conditions = bv_conditions_new ();
  g_autoptr (BvVmi) plain = read_vmi (cases[0].spec);
  g_autoptr (BvMigratable) nothing = judge (plain, config);

  g_assert_true (bv_migratable_set_conditions (found, conditions));
  g_assert_false (bv_migratable_set_conditions (found, conditions));
  g_assert_cmpstr (bv_conditions_get_reason (conditions, "LiveMigratable"), ==,
                   "InterfaceNotLiveMigratable");
  g_assert_cmpstr (bv_conditions_get_reason (conditions, "StorageLiveMigratable"), ==,
                   "NotMigratable");
  for (guint i = 0; i < found->live->len; i++)
    g_assert_nonnull (strstr (bv_conditions_get_message (conditions, "LiveMigratable"),
                              ((const BvObstacle *)found->live->pdata[i])->message));
  g_assert_true (bv_migratable_set_conditions (nothing, conditions));
  g_assert_true (bv_conditions_is_true (conditions, "LiveMigratable"));
  g_assert_true (bv_conditions_is_true (conditions, "StorageLiveMigratable"));
}

/* A guest whose disks are this host's moves by having them copied. */
static void
test_check (void)
{
  g_autoptr (BvConfig) config = bv_config_new ();
  g_autoptr (BvVmi) local =
      read_vmi ("{domain: {devices: {disks: [{name: rwo}]}}, " CLAIM ("rwo") "}");
  g_autoptr (BvMigratable) copied = judge (local, config);
  g_autoptr (BvVmi) sealed = read_vmi ("{domain: {launchSecurity: {sev: {}}, devices: {}}}");
  g_autoptr (BvMigratable) never = judge (sealed, config);
  g_autoptr (BvVmi) reserved = read_vmi (
      "{domain: {devices: {disks: [{name: rwx, lun: {reservation: true}}]}}, " CLAIM ("rwx") "}");
  g_autoptr (BvMigratable) shared = judge (reserved, config);
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_migratable_check (copied, "a", NULL));
  g_assert_true (bv_migratable_check (shared, "a", NULL));
  g_assert_false (bv_migratable_check (never, "a", &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "SEVNotLiveMigratable"));
}

static void
test_mediated_gpu (void)
{
  static const char settings[] = "[features]\nVGPULiveMigration=true\n"
                                 "[host-device x/mdev]\nmdev-name-selector=GRID\n"
                                 "[host-device x/pci]\npci-vendor-selector=10de:1eb8\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("barevirt-XXXXXX.conf", &path, &error);
  g_autoptr (BvConfig) config = NULL;
  g_autoptr (BvVmi) mediated =
      read_vmi ("{domain: {devices: {gpus: [{name: a, deviceName: x/mdev}]}}}");
  g_autoptr (BvVmi) whole =
      read_vmi ("{domain: {devices: {gpus: [{name: a, deviceName: x/pci}]}}}");
  g_autoptr (BvMigratable) moves = NULL;
  g_autoptr (BvMigratable) stays = NULL;

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, settings, -1, NULL));
  config = bv_config_new_from_file (path, &error);
  g_unlink (path);
  g_assert_no_error (error);
  moves = judge (mediated, config);
  stays = judge (whole, config);
  g_assert_cmpuint (moves->live->len, ==, 0);
  g_assert_cmpuint (stays->live->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/migratable/case/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/migratable/conditions", test_conditions);
  g_test_add_func ("/migratable/check", test_check);
  g_test_add_func ("/migratable/mediated-gpu", test_mediated_gpu);
  return g_test_run ();
}
