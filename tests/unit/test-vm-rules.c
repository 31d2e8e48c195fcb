/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-vmi-private.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/vm/bv-vm-backoff.h"
#include "runtime/vm/bv-vm-requests.h"
#include "runtime/vm/bv-vm-status.h"

#include <string.h>

/* The pure rules of VMs: back-off, requests, printable status, what a change needs. */

static void
test_backoff (void)
{
  static const struct
  {
    guint failures;
    guint least;
    guint most;
  } cases[] = {
    { 0, 10, 16 },   { 1, 10, 16 },   { 2, 40, 61 },      { 3, 90, 136 },          { 4, 160, 241 },
    { 5, 250, 300 }, { 6, 300, 300 }, { 1000, 300, 300 }, { G_MAXUINT, 300, 300 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpuint (bv_vm_backoff_get_seconds (cases[i].failures, 0), ==, cases[i].least);
      g_assert_cmpuint (bv_vm_backoff_get_seconds (cases[i].failures, 0.999), <=, cases[i].most);
      g_assert_cmpuint (bv_vm_backoff_get_seconds (cases[i].failures, 0.999), >=, cases[i].least);
    }
  g_assert_cmpuint (bv_vm_backoff_get_seconds (1, 0.999), ==, 15);
}

typedef gboolean (*Check) (const BvVmRequestFacts *facts, GError **error);

static gboolean
check_plain_stop (const BvVmRequestFacts *facts, GError **error)
{
  return bv_vm_requests_check_stop (facts, -1, error);
}

static gboolean
check_short_stop (const BvVmRequestFacts *facts, GError **error)
{
  return bv_vm_requests_check_stop (facts, 5, error);
}

#define START bv_vm_requests_check_start
#define STOP check_plain_stop
#define SHORT_STOP check_short_stop
#define RESTART bv_vm_requests_check_restart
#define ABSENT BV_VM_VMI_ABSENT
#define ALIVE BV_VM_VMI_ALIVE
#define SUCCEEDED BV_VM_VMI_SUCCEEDED
#define FAILED BV_VM_VMI_FAILED
#define GRANTED -1

/* As virt-api answers. */
static const struct
{
  Check check;
  const char *strategy;
  BvVmVmi vmi;
  int code;
  const char *says;
} requests[] = {
  { START, "Always", ABSENT, BV_ERROR_CONFLICT, "Always does not support manual start" },
  { START, "Always", ALIVE, BV_ERROR_CONFLICT, "VM is already running" },
  { START, "Once", ABSENT, BV_ERROR_CONFLICT, "Once does not support manual start" },
  { START, "Once", SUCCEEDED, BV_ERROR_CONFLICT, "Once does not support manual start" },
  { START, "WaitAsReceiver", ABSENT, BV_ERROR_CONFLICT, "does not support manual start" },
  { START, "Halted", ABSENT, GRANTED, NULL },
  { START, "Halted", ALIVE, BV_ERROR_CONFLICT, "VM is already running" },
  { START, "Manual", ABSENT, GRANTED, NULL },
  { START, "Manual", SUCCEEDED, GRANTED, NULL },
  { START, "Manual", FAILED, GRANTED, NULL },
  { START, "RerunOnFailure", ABSENT, GRANTED, NULL },
  { START, "RerunOnFailure", SUCCEEDED, GRANTED, NULL },
  { START, "RerunOnFailure", FAILED, BV_ERROR_CONFLICT, "from failed state" },
  { STOP, "Always", ALIVE, GRANTED, NULL },
  { STOP, "Always", ABSENT, GRANTED, NULL },
  { STOP, "Once", SUCCEEDED, GRANTED, NULL },
  { STOP, "Halted", ABSENT, BV_ERROR_NOT_RUNNING, "VM is not running" },
  { STOP, "Halted", ALIVE, BV_ERROR_CONFLICT, "shorter grace period" },
  { SHORT_STOP, "Halted", ALIVE, GRANTED, NULL },
  { STOP, "Manual", ALIVE, GRANTED, NULL },
  { STOP, "Manual", FAILED, BV_ERROR_NOT_RUNNING, "VM is not running" },
  { STOP, "RerunOnFailure", ALIVE, GRANTED, NULL },
  { STOP, "RerunOnFailure", ABSENT, BV_ERROR_NOT_RUNNING, "VM is not running" },
  { RESTART, "Always", ALIVE, GRANTED, NULL },
  { RESTART, "Always", ABSENT, BV_ERROR_NOT_RUNNING, "VM is not running" },
  { RESTART, "Manual", ALIVE, GRANTED, NULL },
  { RESTART, "RerunOnFailure", ALIVE, GRANTED, NULL },
  { RESTART, "Halted", ALIVE, BV_ERROR_CONFLICT, "Halted does not support manual restart" },
  { RESTART, "Once", ALIVE, BV_ERROR_CONFLICT, "Once does not support manual restart" },
};

static void
test_requests (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      const BvVmRequestFacts facts = { .what = "VirtualMachine default/one",
                                       .strategy = requests[i].strategy,
                                       .vmi = requests[i].vmi,
                                       .grace_period = 30 };
      g_autoptr (GError) error = NULL;
      gboolean granted = requests[i].check (&facts, &error);

      g_test_message ("request %u", i);
      g_assert_cmpint (granted, ==, requests[i].code == GRANTED);
      if (granted)
        continue;
      g_assert_error (error, BV_ERROR, requests[i].code);
      g_assert_nonnull (strstr (error->message, requests[i].says));
    }
}

static void
test_requests_under_way (void)
{
  const BvVmRequestFacts facts = { .what = "one",
                                   .strategy = "Manual",
                                   .vmi = ALIVE,
                                   .request = BV_VM_REQUEST_RESTART,
                                   .grace_period = 30 };
  g_autoptr (GError) error = NULL;

  g_assert_false (bv_vm_requests_check_restart (&facts, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_BUSY);
  g_assert_true (bv_vm_requests_check_stop (&facts, -1, NULL));
}

#define VMI(p) .has_vmi = TRUE, .phase = BV_PHASE_##p

static const struct
{
  BvVmStatusInput input;
  const char *status;
} statuses[] = {
  { { .deleted = TRUE, VMI (RUNNING), .stopping = TRUE }, "Terminating" },
  { { VMI (RUNNING), .stopping = TRUE, .migrating = TRUE }, "Stopping" },
  { { VMI (RUNNING), .migrating = TRUE, .paused = TRUE }, "Migrating" },
  { { VMI (RUNNING), .paused = TRUE }, "Paused" },
  { { VMI (RUNNING), .sync_reason = "ErrImagePull" }, "Running" },
  { { VMI (PENDING), .sync_reason = "FailedPvcNotFound" }, "ErrorPvcNotFound" },
  { { VMI (PENDING), .volume_error = TRUE, .unschedulable = TRUE }, "DataVolumeError" },
  { { VMI (SCHEDULING), .unschedulable = TRUE }, "ErrorUnschedulable" },
  { { .provisioning = TRUE }, "Provisioning" },
  { { VMI (PENDING), .sync_reason = "PVCNotReady" }, "WaitingForVolumeBinding" },
  { { VMI (SCHEDULING), .sync_reason = "ErrImagePull" }, "ErrImagePull" },
  { { VMI (SCHEDULING), .sync_reason = "ImagePullBackOff" }, "ImagePullBackOff" },
  { { VMI (SCHEDULED) }, "Starting" },
  { { VMI (UNSET) }, "Starting" },
  { { .creating = TRUE, .crash_looping = TRUE }, "Starting" },
  { { .crash_looping = TRUE }, "CrashLoopBackOff" },
  { { VMI (FAILED), .crash_looping = TRUE }, "CrashLoopBackOff" },
  { { VMI (FAILED) }, "Stopped" },
  { { VMI (SUCCEEDED), .stopping = TRUE }, "Stopped" },
  { { .deleted = FALSE }, "Stopped" },
  { { .receiver = TRUE }, "WaitingForReceiver" },
  { { .receiver = TRUE, .expecting = TRUE }, "Migrating" },
  { { VMI (UNKNOWN) }, "Unknown" },
};

static void
test_statuses (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    g_assert_cmpstr (bv_vm_status_get_printable (&statuses[i].input), ==, statuses[i].status);
}

static BvObject *
read_object (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "object", BV_MANIFEST_NONE);

  g_assert_cmpuint (g_list_model_get_n_items (bv_manifest_get_objects (manifest)), ==, 1);
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvObject *
read_vm (const char *strategy, const char *labels, const char *spec)
{
  g_autofree char *text = g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                                           "kind: VirtualMachine\n"
                                           "metadata: {name: one, labels: {%s}}\n"
                                           "spec:\n"
                                           "  runStrategy: %s\n"
                                           "  template:\n"
                                           "    spec: %s\n",
                                           labels, strategy, spec);

  return read_object (text);
}

#define BEFORE                                                                                     \
  "{nodeSelector: {a: b}, domain: {cpu: {cores: 1}, memory: {guest: 1Gi}, devices: {disks: "       \
  "[{name: root, disk: {bus: virtio}}, {name: data, disk: {}}]}}}"
#define AFTER                                                                                      \
  "{nodeSelector: {a: c}, domain: {cpu: {cores: 2}, memory: {guest: 1024Mi}, devices: {disks: "    \
  "[{name: root, disk: {bus: sata}}, {name: more, disk: {}}]}}}"

/* Each change by its path and its effect, and no others: 1Gi is 1024Mi. */
static const char *const expected[] = {
  "metadata.labels.a: null -> \"1\" (live)",
  "spec.runStrategy: \"Always\" -> \"Manual\" (live)",
  "spec.template.spec.domain.cpu.cores: 1 -> 2 (at restart)",
  "spec.template.spec.domain.devices.disks[1]: {\"name\":\"data\",\"disk\":{}} -> null (at "
  "restart)",
  "spec.template.spec.domain.devices.disks[0].disk.bus: \"virtio\" -> \"sata\" (at restart)",
  "spec.template.spec.domain.devices.disks[1]: null -> {\"name\":\"more\",\"disk\":{}} (at "
  "restart)",
  "spec.template.spec.nodeSelector.a: \"b\" -> \"c\" (live)",
};

static char *
describe (const BvChangedField *field)
{
  return g_strdup_printf (
      "%s: %s -> %s (%s)", field->path, field->before != NULL ? field->before : "null",
      field->after != NULL ? field->after : "null", bv_effect_to_string (field->effect));
}

static gboolean
has_change (GPtrArray *fields, const char *wanted)
{
  for (guint i = 0; i < fields->len; i++)
    {
      g_autofree char *text = describe (g_ptr_array_index (fields, i));

      g_test_message ("%s", text);
      if (g_str_equal (text, wanted))
        return TRUE;
    }
  return FALSE;
}

static void
test_changed_fields (void)
{
  g_autoptr (BvObject) before = read_vm ("Always", "", BEFORE);
  g_autoptr (BvObject) after = read_vm ("Manual", "a: '1'", AFTER);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvVmi) vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (before));
  BvLiveGuest guest = { bv_vmi_get_record (vmi)->spec, status, NULL };
  g_autoptr (GPtrArray) fields = bv_changed_fields_new (before, after, policy, &guest);
  g_autoptr (GPtrArray) stopped = bv_changed_fields_new (before, after, policy, NULL);
  g_autoptr (GPtrArray) none = bv_changed_fields_new (after, after, policy, &guest);

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_true (has_change (fields, expected[i]));
  g_assert_cmpuint (fields->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < stopped->len; i++)
    g_assert_cmpint (((BvChangedField *)g_ptr_array_index (stopped, i))->effect, ==,
                     BV_EFFECT_LIVE);
  g_assert_cmpuint (none->len, ==, 0);
}

/* The same items in another order are a change of their list. */
static void
test_changed_order (void)
{
  g_autoptr (BvObject) before = read_vm (
      "Always", "", "{domain: {devices: {disks: [{name: a, disk: {}}, {name: b, disk: {}}]}}}");
  g_autoptr (BvObject) after = read_vm (
      "Always", "", "{domain: {devices: {disks: [{name: b, disk: {}}, {name: a, disk: {}}]}}}");
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvVmi) vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (before));
  BvLiveGuest guest = { bv_vmi_get_record (vmi)->spec, status, NULL };
  g_autoptr (GPtrArray) fields = bv_changed_fields_new (before, after, policy, &guest);

  g_assert_cmpuint (fields->len, ==, 1);
  g_assert_cmpstr (((BvChangedField *)g_ptr_array_index (fields, 0))->path, ==,
                   "spec.template.spec.domain.devices.disks");
}

static BvObject *
read_vmi (const char *labels, const char *spec)
{
  g_autofree char *text = g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                                           "kind: VirtualMachineInstance\n"
                                           "metadata: {name: one, labels: {%s}}\n"
                                           "spec: %s\n",
                                           labels, spec);

  return read_object (text);
}

static void
test_restart_needed (void)
{
  static const struct
  {
    const char *spec;
    gboolean needed;
  } cases[] = {
    { "{domain: {devices: {}}, nodeSelector: {a: b}}", FALSE },
    { "{domain: {devices: {}}, tolerations: [{key: a}], affinity: {}}", FALSE },
    { "{domain: {devices: {}}, hostname: other}", TRUE },
    { "{domain: {devices: {rng: {}}}}", TRUE },
    { "{domain: {devices: {}, cpu: {cores: 2}}}", TRUE },
  };
  g_autoptr (BvObject) started = read_vmi ("", "{domain: {devices: {}}}");
  g_autoptr (BvObject) labelled = read_vmi ("a: b", "{domain: {devices: {}}}");

  g_assert_false (bv_change_rules_need_restart (started, labelled));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BvObject) wanted = read_vmi ("", cases[i].spec);

      g_test_message ("%s", cases[i].spec);
      g_assert_cmpint (bv_change_rules_need_restart (started, wanted), ==, cases[i].needed);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vm-rules/backoff", test_backoff);
  g_test_add_func ("/vm-rules/requests", test_requests);
  g_test_add_func ("/vm-rules/requests-under-way", test_requests_under_way);
  g_test_add_func ("/vm-rules/statuses", test_statuses);
  g_test_add_func ("/vm-rules/changed-fields", test_changed_fields);
  g_test_add_func ("/vm-rules/changed-order", test_changed_order);
  g_test_add_func ("/vm-rules/restart-needed", test_restart_needed);
  return g_test_run ();
}
