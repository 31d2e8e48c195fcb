/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"
#include "runtime/bv-change-rules.h"
#include "runtime/bv-live-update.h"

/* What of a template a running guest follows, and what is left for a restart. */

#define DISK(name, device) "{name: " name ", " device "}"
#define HOT(name, claim)                                                                           \
  "{name: " name ", persistentVolumeClaim: {claimName: " claim ", hotpluggable: true}}"
#define COLD(name, claim) "{name: " name ", persistentVolumeClaim: {claimName: " claim "}}"
#define ROOT_DISK DISK ("root", "disk: {bus: virtio}")
#define ROOT COLD ("root", "root")
#define SCSI "disk: {bus: scsi}"
#define CDROM "cdrom: {bus: sata}"

typedef struct
{
  const char *name;
  const char *disks; /* of what runs, and what is wanted */
  const char *volumes;
  const char *wanted_disks;
  const char *wanted_volumes;
  gboolean changed;
  gboolean needs_restart;
} Case;

static const Case cases[] = {
  { "the same", ROOT_DISK, ROOT, ROOT_DISK, ROOT, FALSE, FALSE },
  { "a disk comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"),
    TRUE, FALSE },
  { "a disk comes first", ROOT_DISK, ROOT, DISK ("a", SCSI) ", " ROOT_DISK,
    HOT ("a", "c") ", " ROOT, TRUE, FALSE },
  { "a disk goes", ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"), ROOT_DISK, ROOT, TRUE,
    FALSE },
  { "one goes, one comes", ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"),
    ROOT_DISK ", " DISK ("b", SCSI), ROOT ", " HOT ("b", "d"), TRUE, FALSE },
  { "another claim", DISK ("a", SCSI), HOT ("a", "c"), DISK ("a", SCSI), HOT ("a", "d"), TRUE,
    FALSE },
  { "a lasting disk comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("a", SCSI),
    ROOT ", " COLD ("a", "c"), FALSE, TRUE },
  { "a lasting disk goes", ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " COLD ("a", "c"), ROOT_DISK,
    ROOT, FALSE, TRUE },
  { "the claim of a lasting disk", ROOT_DISK, ROOT, ROOT_DISK, COLD ("root", "c"), FALSE, TRUE },
  { "it becomes hotpluggable", ROOT_DISK, ROOT, ROOT_DISK, HOT ("root", "root"), FALSE, TRUE },
  { "a sata disk comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("a", "disk: {bus: sata}"),
    ROOT ", " HOT ("a", "c"), FALSE, TRUE },
  { "another bus", DISK ("a", SCSI), HOT ("a", "c"), DISK ("a", "disk: {bus: virtio}"),
    HOT ("a", "c"), FALSE, TRUE },
  { "a lun comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("a", "lun: {bus: scsi}"),
    ROOT ", " HOT ("a", "c"), TRUE, FALSE },
  { "a medium comes", DISK ("cd", CDROM), "", DISK ("cd", CDROM), HOT ("cd", "iso"), TRUE, FALSE },
  { "a medium goes", DISK ("cd", CDROM), HOT ("cd", "iso"), DISK ("cd", CDROM), "", TRUE, FALSE },
  { "another medium", DISK ("cd", CDROM), HOT ("cd", "iso"), DISK ("cd", CDROM), HOT ("cd", "b"),
    TRUE, FALSE },
  { "a lasting medium goes", DISK ("cd", CDROM), COLD ("cd", "iso"), DISK ("cd", CDROM), "", FALSE,
    TRUE },
  { "a drive comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("cd", CDROM),
    ROOT ", " HOT ("cd", "iso"), FALSE, TRUE },
  { "an empty drive comes", ROOT_DISK, ROOT, ROOT_DISK ", " DISK ("cd", CDROM), ROOT, FALSE, TRUE },
  { "a drive goes", ROOT_DISK ", " DISK ("cd", CDROM), ROOT ", " HOT ("cd", "iso"), ROOT_DISK, ROOT,
    FALSE, TRUE },
};

static BvObject *
read_vmi (const char *disks, const char *volumes)
{
  g_autofree char *text =
      g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                       "kind: VirtualMachineInstance\n"
                       "metadata: {name: one}\n"
                       "spec: {domain: {devices: {disks: [%s]}}, volumes: [%s]}\n",
                       disks, volumes);
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_cmpuint (g_list_model_get_n_items (bv_manifest_get_objects (manifest)), ==, 1);
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static void
test_volumes (void)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BvObject) vmi = read_vmi (cases[i].disks, cases[i].volumes);
      g_autoptr (BvObject) before = bv_object_copy (vmi);
      g_autoptr (BvObject) wanted = read_vmi (cases[i].wanted_disks, cases[i].wanted_volumes);

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL), ==,
                       cases[i].changed);
      g_assert_cmpint (bv_object_equal (vmi, before), ==, !cases[i].changed);
      g_assert_cmpint (bv_change_rules_need_restart (vmi, wanted), ==, cases[i].needs_restart);
      /* What was taken over is not taken over again. */
      g_assert_false (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL));
    }
}

static void
test_gate (void)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvObject) vmi = read_vmi (ROOT_DISK, ROOT);
  g_autoptr (BvObject) wanted =
      read_vmi (ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));

  g_assert_true (bv_policy_set_feature_gate (policy, "DeclarativeHotplugVolumes", FALSE, NULL));
  g_assert_false (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL));
  g_assert_true (bv_change_rules_need_restart (vmi, wanted));
}

static void
test_view (void)
{
  g_autoptr (BvObject) vmi = read_vmi (ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvDomainInfo) domain = bv_domain_info_new ("one", "uuid");
  const BvLiveView view = { bv_vmi_get_record (BV_VMI (vmi))->spec, status, domain };
  BvVolumeFacts *facts = g_new0 (BvVolumeFacts, 1);

  g_hash_table_insert (domain->targets, g_strdup ("ua-root"), g_strdup ("vda"));
  g_assert_true (bv_live_update_is_wanted (&view));
  g_hash_table_insert (domain->targets, g_strdup ("ua-a"), g_strdup ("sda"));
  g_assert_true (bv_live_update_is_wanted (&view));
  facts->claim.name = g_strdup ("c");
  g_hash_table_insert (status->volumes, g_strdup ("a"), facts);
  g_assert_false (bv_live_update_is_wanted (&view));
  g_hash_table_insert (domain->targets, g_strdup ("ua-b"), g_strdup ("sdb"));
  g_assert_true (bv_live_update_is_wanted (&view));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live-update/volumes", test_volumes);
  g_test_add_func ("/live-update/gate", test_gate);
  g_test_add_func ("/live-update/view", test_view);
  return g_test_run ();
}
