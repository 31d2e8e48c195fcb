/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-conditions.h"
#include "model/bv-manifest.h"
#include "runtime/vmi/bv-vmi-status.h"
#include "runtime/vmi/bv-vmi-volumes.h"

static BvVolumeFacts *
new_claim (void)
{
  const char *const modes[] = { "ReadWriteOnce", "ReadOnlyMany", NULL };
  BvVolumeFacts *facts = g_new0 (BvVolumeFacts, 1);

  facts->target = g_strdup ("vda");
  facts->size = 4096;
  facts->hotplug = TRUE;
  facts->claim.name = g_strdup ("disk");
  facts->claim.access_modes = g_strdupv ((char **)modes);
  facts->claim.volume_mode = g_strdup ("Block");
  facts->claim.capacity = g_strdup ("1Gi");
  facts->claim.request = g_strdup ("512Mi");
  facts->claim.filesystem_overhead = g_strdup ("0.055");
  facts->claim.preallocated = TRUE;
  return facts;
}

static BvVmi *
new_vmi (void)
{
  static const char text[] =
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: a}, spec: "
      "{domain: {devices: {}}, volumes: [{name: root, persistentVolumeClaim: {claimName: disk}}, "
      "{name: init, cloudInitNoCloud: {userData: x}}]}}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

/* As KubeVirt has it: sorted, an empty target, and no phase of what is there from the start on. */
static void
test_volumes (void)
{
  g_autoptr (BvVmi) vmi = new_vmi ();
  g_autoptr (GHashTable) facts = bv_volume_facts_table_new ();
  g_autoptr (BvDomainInfo) domain = bv_domain_info_new ("a", "");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) before = NULL;
  g_autoptr (GVariant) after = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  before = g_variant_ref_sink (bv_vmi_volumes_to_variant (vmi, facts, NULL, NULL));
  first = g_variant_print (before, FALSE);
  g_assert_cmpstr (first, ==,
                   "[{'name': <'init'>, 'target': <''>}, {'name': <'root'>, 'target': <''>}]");
  g_assert_true (bv_domain_info_read_xml (
      domain,
      "<domain><devices><disk><target dev='sda'/><alias name='ua-init'/></disk>"
      "<disk><source dev='/x'/><target dev='vda'/><alias "
      "name='ua-root'/></disk></devices></domain>",
      &error));
  g_hash_table_insert (facts, g_strdup ("root"), new_claim ());
  bv_vmi_volumes_take_targets (vmi, facts, domain);
  after = g_variant_ref_sink (bv_vmi_volumes_to_variant (vmi, facts, NULL, NULL));
  second = g_variant_print (after, FALSE);
  g_assert_cmpstr (
      second, ==,
      "[{'name': <'init'>, 'target': <''>}, {'name': <'root'>, 'target': <'vda'>, "
      "'phase': <'Ready'>, 'reason': <'VolumeReady'>, "
      "'message': <'The volume root was plugged into the guest.'>, "
      "'hotplugVolume': <@a{sv} {}>, 'persistentVolumeClaimInfo': <{'claimName': <'disk'>, "
      "'accessModes': <['ReadWriteOnce', 'ReadOnlyMany']>, 'volumeMode': <'Block'>, "
      "'capacity': <{'storage': <'1Gi'>}>, 'requests': <{'storage': <'512Mi'>}>, "
      "'preallocated': <true>, 'filesystemOverhead': <'0.055'>}>, 'size': <int64 4096>}]");
  bv_vmi_volumes_take_targets (vmi, facts, NULL);
  g_assert_null (((BvVolumeFacts *)g_hash_table_lookup (facts, "root"))->target);
}

static void
test_round_trip (void)
{
  const char *const addresses[] = { "192.0.2.7", "2001:db8::7", NULL };
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvVmiStatus) back = NULL;
  g_autofree char *json = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_vmi_status_set_phase (status, "Running", NULL));
  g_assert_false (bv_vmi_status_set_phase (status, "Running", "Why \"not\""));
  g_strfreev (status->addresses);
  status->addresses = g_strdupv ((char **)addresses);
  status->runtime_directory = g_strdup ("/run/x");
  g_hash_table_insert (status->volumes, g_strdup ("root"), new_claim ());
  status->paused_by_user = TRUE;
  status->stopping = TRUE;
  status->shutdown_started = G_GINT64_CONSTANT (1795258142821289);
  status->grace_period = 7;
  json = bv_vmi_status_to_json (status);
  back = bv_vmi_status_new_from_json (json, &error);
  g_assert_no_error (error);
  again = bv_vmi_status_to_json (back);
  g_assert_cmpstr (json, ==, again);
  g_assert_cmpuint (back->transitions->len, ==, 2);
  g_assert_true (bv_vmi_status_was_in (back, "Pending"));
  g_assert_false (bv_vmi_status_was_in (back, "Failed"));
  g_assert_false (bv_vmi_status_is_final (back));
  g_assert_cmpint (back->shutdown_started, ==, G_GINT64_CONSTANT (1795258142821289));
}

static void
test_new (void)
{
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new_from_json ("{}", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (status->phase, ==, "Pending");
  g_assert_cmpint (status->grace_period, ==, -1);
  g_assert_null (bv_vmi_status_new_from_json ("{", &error));
  g_assert_nonnull (error);
}

static void
test_conditions (void)
{
  g_autoptr (BvConditions) conditions = bv_conditions_new ();
  g_autoptr (GVariant) list = NULL;

  g_assert_true (bv_conditions_set (conditions, "Ready", TRUE, NULL, NULL));
  g_assert_false (bv_conditions_set (conditions, "Ready", TRUE, NULL, NULL));
  g_assert_true (bv_conditions_is_true (conditions, "Ready"));
  g_assert_true (bv_conditions_set (conditions, "Ready", FALSE, "Why", "Because."));
  g_assert_false (bv_conditions_is_true (conditions, "Ready"));
  list = g_variant_ref_sink (bv_conditions_to_variant (conditions));
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  g_assert_true (bv_conditions_remove (conditions, "Ready"));
  g_assert_false (bv_conditions_remove (conditions, "Ready"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vmi-status/round-trip", test_round_trip);
  g_test_add_func ("/vmi-status/volumes", test_volumes);
  g_test_add_func ("/vmi-status/new", test_new);
  g_test_add_func ("/vmi-status/conditions", test_conditions);
  return g_test_run ();
}
