/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "live-cases.h"

#include <string.h>

#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/live/bv-live-volumes.h"
#include "runtime/vm/bv-volume-request.h"

/* What of a template a running guest follows, and what is left for a restart. */

#define DISK(name, device) "{name: " name ", " device "}"
#define HOT(name, claim)                                                                           \
  "{name: " name ", persistentVolumeClaim: {claimName: " claim ", hotpluggable: true}}"
#define COLD(name, claim) "{name: " name ", persistentVolumeClaim: {claimName: " claim "}}"
#define ROOT_DISK DISK ("root", "disk: {bus: virtio}")
#define ROOT COLD ("root", "root")
#define SCSI "disk: {bus: scsi}"
#define CDROM "cdrom: {bus: sata}"

static const LiveLists lists = { "disks", "volumes" };

static const LiveCase cases[] = {
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

static void
test_volumes (void)
{
  live_cases_check (&lists, cases, G_N_ELEMENTS (cases));
}

static void
test_gate (void)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvObject) vmi = live_cases_read_vmi (&lists, ROOT_DISK, ROOT);
  g_autoptr (BvObject) wanted =
      live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));

  g_assert_true (bv_policy_set_feature_gate (policy, "DeclarativeHotplugVolumes", FALSE, NULL));
  g_assert_false (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL));
  g_assert_true (bv_change_rules_need_restart (vmi, wanted));
}

/* The strategy Migration: claims are exchanged where their contents can be copied. */

#define PLAIN "disk: {bus: virtio}"

typedef struct
{
  const char *disk;
  const char *volumes;
  const char *wanted;
  gboolean changed;
  guint n_reasons;
} CopyCase;

static const CopyCase copy_cases[] = {
  { SCSI, HOT ("a", "c"), HOT ("a", "d"), TRUE, 0 },
  { PLAIN, COLD ("a", "c"), COLD ("a", "d"), TRUE, 0 },
  { PLAIN, COLD ("a", "c"), "{name: a, dataVolume: {name: d}}", TRUE, 0 },
  { PLAIN, COLD ("a", "c"), COLD ("a", "e"), TRUE, 0 },
  { SCSI, HOT ("a", "c"), HOT ("a", "c"), FALSE, 0 },
  { PLAIN, COLD ("a", "c"), "{name: a, emptyDisk: {capacity: 1Mi}}", FALSE, 0 },
  { "disk: {bus: virtio}, shareable: true", COLD ("a", "c"), COLD ("a", "d"), FALSE, 1 },
  { "disk: {bus: virtio, readonly: true}", COLD ("a", "c"), COLD ("a", "d"), FALSE, 1 },
  { "lun: {bus: scsi}", HOT ("a", "c"), HOT ("a", "d"), FALSE, 1 },
  { CDROM, HOT ("a", "c"), HOT ("a", "d"), FALSE, 1 },
};

static gboolean
carry_copies (BvObject *vmi, BvObject *wanted, BvVmiStatus *status, guint *n_reasons)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  const BvLiveGuest guest = { bv_vmi_get_record (BV_VMI (vmi))->spec, status, reasons,
                              .copies_volumes = TRUE };
  gboolean changed = bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, &guest);

  *n_reasons = reasons->len;
  return changed;
}

static void
test_copied_claims (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (copy_cases); i++)
    {
      const CopyCase *row = &copy_cases[i];
      g_autofree char *disk = g_strdup_printf (DISK ("a", "%s"), row->disk);
      g_autoptr (BvObject) vmi = live_cases_read_vmi (&lists, disk, row->volumes);
      g_autoptr (BvObject) wanted = live_cases_read_vmi (&lists, disk, row->wanted);
      g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
      guint n_reasons;

      g_test_message ("%s: %s", row->disk, row->wanted);
      g_assert_cmpint (carry_copies (vmi, wanted, status, &n_reasons), ==, row->changed);
      g_assert_cmpuint (n_reasons, ==, row->n_reasons);
      if (row->changed)
        g_assert_false (bv_change_rules_need_restart (vmi, wanted));
    }
}

/* While a copy is under way the template can only go back, and a cancelled one does not begin again
 * by itself. */
static void
test_copy_under_way (void)
{
  g_autoptr (BvObject) vmi = live_cases_read_vmi (&lists, DISK ("a", PLAIN), COLD ("a", "d"));
  g_autoptr (BvObject) other = live_cases_read_vmi (&lists, DISK ("a", PLAIN), COLD ("a", "e"));
  g_autoptr (BvObject) back = live_cases_read_vmi (&lists, DISK ("a", PLAIN), COLD ("a", "c"));
  g_autoptr (BvObject) same = bv_object_copy (vmi);
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  BvVolumeCopy *copy = bv_volume_copies_add (status->copies, "a", "c", FALSE, "d");
  guint n;

  g_assert_false (carry_copies (vmi, same, status, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_false (carry_copies (vmi, other, status, &n));
  g_assert_cmpuint (n, ==, 1);
  copy->cancelled = TRUE;
  g_assert_true (carry_copies (vmi, same, status, &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (bv_object_equal (vmi, back));
  copy->state = BV_VOLUME_COPY_UNDONE;
  g_assert_false (carry_copies (vmi, same, status, &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (carry_copies (vmi, back, status, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (carry_copies (vmi, other, status, &n));
}

/* As a service leaves them to the next. */
static void
test_stored_copies (void)
{
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  BvVolumeCopy *copy = bv_volume_copies_add (status->copies, "a", "c", TRUE, "d");
  g_autoptr (BvVmiStatus) read = NULL;
  g_autofree char *json = NULL;
  g_autoptr (GVariant) told = NULL;
  g_autofree char *text = NULL;
  const BvVolumeCopy *found;

  copy->state = BV_VOLUME_COPY_COPYING;
  json = bv_vmi_status_to_json (status);
  read = bv_vmi_status_new_from_json (json, NULL);
  found = bv_volume_copies_find_active (read->copies, "a");
  g_assert_nonnull (found);
  g_assert_cmpint (found->state, ==, BV_VOLUME_COPY_COPYING);
  g_assert_true (found->data_volume);
  g_assert_true (bv_volume_copies_use (read->copies, "c"));
  g_assert_true (bv_volume_copies_use (read->copies, "d"));
  told = g_variant_ref_sink (bv_volume_copies_to_variant (read->copies, read->volumes));
  text = g_variant_print (told, FALSE);
  g_assert_nonnull (strstr (text, "'volumeName': <'a'>"));
  copy->state = BV_VOLUME_COPY_UNDONE;
  g_assert_false (bv_volume_copies_any_active (status->copies));
  g_assert_false (bv_volume_copies_use (status->copies, "c"));
}

static void
test_view (void)
{
  g_autoptr (BvObject) vmi =
      live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));
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
  g_autoptr (BvObject) vmi = live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("cd", CDROM), ROOT);
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
  g_autoptr (BvObject) vmi =
      live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("a", SCSI) ", " DISK ("cd", CDROM),
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
  g_autoptr (BvObject) was =
      live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("a", SCSI), ROOT ", " HOT ("a", "c"));
  g_autoptr (BvObject) now =
      live_cases_read_vmi (&lists, ROOT_DISK ", " DISK ("b", SCSI), ROOT ", " HOT ("b", "d"));
  g_autoptr (BvObject) spec = bv_object_copy (was);
  g_autoptr (BvObject) other = live_cases_read_vmi (&lists, DISK ("z", SCSI), HOT ("z", "e"));

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
  g_test_add_func ("/live-update/copied-claims", test_copied_claims);
  g_test_add_func ("/live-update/copy-under-way", test_copy_under_way);
  g_test_add_func ("/live-update/stored-copies", test_stored_copies);
  g_test_add_func ("/live-update/view", test_view);
  g_test_add_func ("/live-update/add-request", test_add_request);
  g_test_add_func ("/live-update/remove-request", test_remove_request);
  g_test_add_func ("/live-update/follow-requests", test_follow_requests);
  return g_test_run ();
}
