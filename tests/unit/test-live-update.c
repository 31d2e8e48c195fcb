/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"
#include "runtime/bv-change-rules.h"
#include "runtime/bv-live-volumes.h"
#include "runtime/bv-volume-request.h"

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

/* Where what is in them would have to be copied. */
static void
test_kept_claims (void)
{
  static const struct
  {
    const char *volumes;
    const char *wanted;
    guint n_reasons;
  } rows[] = {
    { HOT ("a", "c"), HOT ("a", "d"), 1 },
    { COLD ("a", "c"), COLD ("a", "d"), 1 },
    { HOT ("a", "c"), HOT ("a", "c"), 0 },
    { COLD ("a", "c"), "{name: a, emptyDisk: {capacity: 1Mi}}", 0 },
  };
  g_autoptr (BvPolicy) policy = bv_policy_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvObject) vmi = read_vmi (DISK ("a", SCSI), rows[i].volumes);
      g_autoptr (BvObject) wanted = read_vmi (DISK ("a", SCSI), rows[i].wanted);
      g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
      const BvLiveGuest guest = { bv_vmi_get_record (BV_VMI (vmi))->spec, status, reasons,
                                  .keeps_volumes = TRUE };

      g_test_message ("%s", rows[i].wanted);
      g_assert_false (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, &guest));
      g_assert_cmpuint (reasons->len, ==, rows[i].n_reasons);
    }
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

static BvApiVirtualMachineInstanceSpec *
get_spec (BvObject *vmi)
{
  return bv_vmi_get_record (BV_VMI (vmi))->spec;
}

static gboolean
add (BvObject *vmi, const BvVolumeRequest *request, GError **error)
{
  return bv_volume_request_add (request, get_spec (vmi), bv_object_get_arena (vmi), error);
}

static void
test_add_request (void)
{
  g_autoptr (BvObject) vmi = read_vmi (ROOT_DISK ", " DISK ("cd", CDROM), ROOT);
  const BvVolumeRequest data = { .name = "data", .claim = "c", .serial = "S" };
  const BvVolumeRequest medium = { .name = "cd", .data_volume = TRUE };
  const BvVolumeRequest lun = { .name = "l", .type = "lun", .bus = "virtio" };
  const BvVolumeRequest floppy = { .name = "f", .type = "floppy" };
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) other = NULL;
  g_autoptr (GError) bus = NULL;
  g_autoptr (GError) type = NULL;
  const BvVolumeRequest same = { .name = "more", .claim = "c" };

  g_assert_true (add (vmi, &data, NULL));
  g_assert_cmpstr (bv_live_find_disk (get_spec (vmi), "data")->disk->bus, ==, "scsi");
  g_assert_cmpstr (bv_live_find_disk (get_spec (vmi), "data")->serial, ==, "S");
  g_assert_true (bv_live_volume_is_hotpluggable (bv_live_find_volume (get_spec (vmi), "data")));
  g_assert_true (add (vmi, &medium, NULL));
  g_assert_cmpuint (get_spec (vmi)->domain->devices->n_disks, ==, 3);
  g_assert_cmpstr (bv_live_find_volume (get_spec (vmi), "cd")->data_volume->name, ==, "cd");
  g_assert_false (add (vmi, &data, &twice));
  g_assert_error (twice, BV_ERROR, BV_ERROR_CONFLICT);
  g_assert_false (add (vmi, &same, &other));
  g_assert_error (other, BV_ERROR, BV_ERROR_CONFLICT);
  g_assert_false (add (vmi, &lun, &bus));
  g_assert_error (bus, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
  g_assert_false (add (vmi, &floppy, &type));
  g_assert_error (type, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (get_spec (vmi)->n_volumes, ==, 3);
}

static void
test_remove_request (void)
{
  g_autoptr (BvObject) vmi = read_vmi (ROOT_DISK ", " DISK ("a", SCSI) ", " DISK ("cd", CDROM),
                                       ROOT ", " HOT ("a", "c") ", " HOT ("cd", "iso"));
  g_autoptr (GError) lasting = NULL;
  g_autoptr (GError) unknown = NULL;

  g_assert_false (bv_volume_request_remove ("root", get_spec (vmi), &lasting));
  g_assert_error (lasting, BV_ERROR, BV_ERROR_CONFLICT);
  g_assert_false (bv_volume_request_remove ("z", get_spec (vmi), &unknown));
  g_assert_error (unknown, BV_ERROR, BV_ERROR_NOT_FOUND);
  g_assert_true (bv_volume_request_remove ("a", get_spec (vmi), NULL));
  g_assert_null (bv_live_find_disk (get_spec (vmi), "a"));
  g_assert_true (bv_volume_request_remove ("iso", get_spec (vmi), NULL));
  g_assert_nonnull (bv_live_find_disk (get_spec (vmi), "cd"));
  g_assert_cmpuint (get_spec (vmi)->n_volumes, ==, 1);
}

/* What was added and taken away by requests since a manifest was applied. */
static void
test_follow_requests (void)
{
  g_autoptr (BvObject) was = read_vmi (ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));
  g_autoptr (BvObject) now = read_vmi (ROOT_DISK ", " DISK ("b", SCSI), ROOT ", " HOT ("b", "d"));
  g_autoptr (BvObject) spec = bv_object_copy (was);
  g_autoptr (BvObject) other = read_vmi (DISK ("z", SCSI), HOT ("z", "e"));

  g_assert_true (bv_volume_request_is_same (get_spec (was), get_spec (spec)));
  g_assert_false (bv_volume_request_is_same (get_spec (was), get_spec (now)));
  bv_volume_request_follow (get_spec (spec), get_spec (was), get_spec (now),
                            bv_object_get_arena (spec));
  g_assert_true (bv_volume_request_is_same (get_spec (spec), get_spec (now)));
  bv_volume_request_follow (get_spec (other), get_spec (was), get_spec (was),
                            bv_object_get_arena (other));
  g_assert_cmpuint (get_spec (other)->n_volumes, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live-update/volumes", test_volumes);
  g_test_add_func ("/live-update/gate", test_gate);
  g_test_add_func ("/live-update/kept-claims", test_kept_claims);
  g_test_add_func ("/live-update/view", test_view);
  g_test_add_func ("/live-update/add-request", test_add_request);
  g_test_add_func ("/live-update/remove-request", test_remove_request);
  g_test_add_func ("/live-update/follow-requests", test_follow_requests);
  return g_test_run ();
}
