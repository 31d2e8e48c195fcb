/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admit.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-vmi.h"

#define HEAD                                                                                       \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: guest}, spec: "
#define HYPERV "spec.domain.features.hyperv."

static BvObject *
read_object (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "guest", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static void
admit_by (BvObject *object, BvPolicy *policy)
{
  g_autoptr (GPtrArray) causes = bv_object_admit (object, policy);

  g_assert_nonnull (causes);
}

static void
admit (BvObject *object)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();

  admit_by (object, policy);
}

static char *
print_field (BvObject *object, const char *path)
{
  g_autoptr (GVariant) value = bv_object_get_field (object, path);

  return value == NULL ? NULL : g_variant_print (value, FALSE);
}

typedef struct
{
  const char *name;
  const char *spec;
  const char *field;
  const char *value; /* as GVariant prints it; NULL: not there */
} Row;

static const Row rows[] = {
  { "D004", "{domain: {devices: {}}}", "spec.architecture", "'amd64'" },
  { "D004/given", "{architecture: s390x, domain: {devices: {}}}", "spec.architecture", "'s390x'" },
  { "D005/amd64", "{domain: {devices: {}}}", "spec.domain.machine.type", "'q35'" },
  { "D005/arm64", "{architecture: arm64, domain: {devices: {}}}", "spec.domain.machine.type",
    "'virt'" },
  { "D005/s390x", "{architecture: s390x, domain: {devices: {}}}", "spec.domain.machine.type",
    "'s390-ccw-virtio'" },
  { "D005/given", "{domain: {machine: {type: pc-q35-7.2}, devices: {}}}",
    "spec.domain.machine.type", "'pc-q35-7.2'" },
  { "D006", "{domain: {resources: {limits: {cpu: 2}}, devices: {}}}",
    "spec.domain.resources.requests.cpu", "'2'" },
  { "D006/zero", "{domain: {resources: {requests: {cpu: 0}, limits: {cpu: 2}}, devices: {}}}",
    "spec.domain.resources.requests.cpu", "'2'" },
  { "D006/given", "{domain: {resources: {requests: {cpu: 1}, limits: {cpu: 2}}, devices: {}}}",
    "spec.domain.resources.requests.cpu", "'1'" },
  { "D008/request", "{domain: {resources: {requests: {memory: 64Mi}}, devices: {}}}",
    "spec.domain.memory.guest", "'64Mi'" },
  { "D008/limit", "{domain: {resources: {limits: {memory: 65M}}, devices: {}}}",
    "spec.domain.memory.guest", "'65M'" },
  { "D008/page", "{domain: {memory: {hugepages: {pageSize: 1024Mi}}, devices: {}}}",
    "spec.domain.memory.guest", "'1Gi'" },
  { "D008/none", "{domain: {devices: {}}}", "spec.domain.memory.guest", NULL },
  { "D009", "{domain: {devices: {}}}", "spec.domain.cpu.sockets", "1" },
  { "D009/limit", "{domain: {resources: {requests: {cpu: 1}, limits: {cpu: 1500m}}, devices: {}}}",
    "spec.domain.cpu.sockets", "2" },
  { "D009/request", "{domain: {resources: {requests: {cpu: 3}}, devices: {}}}",
    "spec.domain.cpu.sockets", "3" },
  { "D009/cores", "{domain: {devices: {}}}", "spec.domain.cpu.cores", "1" },
  { "D009/partial", "{domain: {cpu: {cores: 4}, devices: {}}}", "spec.domain.cpu.sockets", NULL },
  { "D010/latest",
    "{domain: {devices: {}}, volumes: [{name: d, containerDisk: {image: \"r/i:latest\"}}]}",
    "spec.volumes[0].containerDisk.imagePullPolicy", "'Always'" },
  { "D010/bare", "{domain: {devices: {}}, volumes: [{name: d, containerDisk: {image: r/i}}]}",
    "spec.volumes[0].containerDisk.imagePullPolicy", "'Always'" },
  { "D010/tag", "{domain: {devices: {}}, volumes: [{name: d, containerDisk: {image: \"r/i:1\"}}]}",
    "spec.volumes[0].containerDisk.imagePullPolicy", "'IfNotPresent'" },
  { "D011", "{domain: {devices: {}}}", "spec.evictionStrategy", "'None'" },
  { "D012/network", "{domain: {devices: {}}}", "spec.networks[0].name", "'default'" },
  { "D012/interface", "{domain: {devices: {}}}", "spec.domain.devices.interfaces[0].name",
    "'default'" },
  { "D012/off", "{domain: {devices: {autoattachPodInterface: false}}}", "spec.networks[0].name",
    NULL },
  { "D014", "{domain: {devices: {}}, volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]}",
    "spec.domain.devices.disks[0].name", "'d'" },
  { "D014/filesystem",
    "{domain: {devices: {filesystems: [{name: d, virtiofs: {}}]}}, "
    "volumes: [{name: d, configMap: {name: c}}]}",
    "spec.domain.devices.disks[0].name", NULL },
  { "D014/memory-dump", "{domain: {devices: {}}, volumes: [{name: d, memoryDump: {claimName: c}}]}",
    "spec.domain.devices.disks[0].name", NULL },
  { "D017", "{architecture: s390x, domain: {devices: {}}}", "spec.domain.features.acpi.enabled",
    "false" },
  { "D019", "{domain: {devices: {disks: [{name: d}]}}}", "spec.domain.devices.disks[0].disk.bus",
    "'sata'" },
  { "D020/bus", "{domain: {devices: {inputs: [{name: t, type: tablet}]}}}",
    "spec.domain.devices.inputs[0].bus", "'usb'" },
  { "D020/type", "{domain: {devices: {inputs: [{name: t, type: \"\"}]}}}",
    "spec.domain.devices.inputs[0].type", "'tablet'" },
  { "D021/period", "{domain: {devices: {}}, livenessProbe: {guestAgentPing: {}}}",
    "spec.livenessProbe.periodSeconds", "10" },
  { "D021/failures",
    "{domain: {devices: {}}, readinessProbe: {guestAgentPing: {}, failureThreshold: -1}}",
    "spec.readinessProbe.failureThreshold", "3" },
  { "D022/given", "{domain: {firmware: {uuid: u}, devices: {}}}", "spec.domain.firmware.uuid",
    "'u'" },
  { "D023", "{domain: {clock: {timer: {hpet: {}}}, devices: {}}}",
    "spec.domain.clock.timer.hpet.present", "true" },
  { "D023/off", "{domain: {clock: {timer: {hpet: {present: false}}}, devices: {}}}",
    "spec.domain.clock.timer.hpet.present", "false" },
  { "D023/absent", "{domain: {clock: {timer: {}}, devices: {}}}",
    "spec.domain.clock.timer.hpet.present", NULL },
  { "D024/acpi", "{domain: {devices: {}}}", "spec.domain.features.acpi.enabled", "true" },
  { "D024/apic", "{domain: {features: {apic: {}}, devices: {}}}",
    "spec.domain.features.apic.enabled", "true" },
  { "D024/hyperv", "{domain: {features: {hyperv: {relaxed: {}}}, devices: {}}}",
    HYPERV "relaxed.enabled", "true" },
  { "D024/direct", "{domain: {features: {hyperv: {synictimer: {direct: {}}}}, devices: {}}}",
    HYPERV "synictimer.direct.enabled", "true" },
  { "D024/extended", "{domain: {features: {hyperv: {tlbflush: {extended: {}}}}, devices: {}}}",
    HYPERV "tlbflush.extended.enabled", "true" },
  { "D024/passthrough", "{domain: {features: {hypervPassthrough: {}}, devices: {}}}",
    "spec.domain.features.hypervPassthrough.enabled", NULL },
  { "D025", "{domain: {features: {hyperv: {spinlocks: {}}}, devices: {}}}",
    HYPERV "spinlocks.spinlocks", "4096" },
  { "D025/off", "{domain: {features: {hyperv: {spinlocks: {enabled: false}}}, devices: {}}}",
    HYPERV "spinlocks.spinlocks", NULL },
  { "D026/readonly", "{domain: {devices: {disks: [{name: d, cdrom: {}}]}}}",
    "spec.domain.devices.disks[0].cdrom.readonly", "true" },
  { "D026/tray", "{domain: {devices: {disks: [{name: d, cdrom: {}}]}}}",
    "spec.domain.devices.disks[0].cdrom.tray", "'closed'" },
  { "D027/block-size", "{domain: {devices: {disks: [{name: d, blockSize: {matchVolume: {}}}]}}}",
    "spec.domain.devices.disks[0].blockSize.matchVolume.enabled", "true" },
  { "D027/ramfb",
    "{domain: {devices: {gpus: [{name: g, deviceName: x/y, "
    "virtualGPUOptions: {display: {ramFB: {}}}}]}}}",
    "spec.domain.devices.gpus[0].virtualGPUOptions.display.ramFB.enabled", "true" },
  { "D028/vapic", "{domain: {features: {hyperv: {evmcs: {}}}, devices: {}}}",
    HYPERV "vapic.enabled", "true" },
  { "D028/synic", "{domain: {features: {hyperv: {synictimer: {}}}, devices: {}}}",
    HYPERV "synic.enabled", "true" },
  { "D028/chain", "{domain: {features: {hyperv: {synictimer: {}}}, devices: {}}}",
    HYPERV "vpindex.enabled", "true" },
  { "D028/tlbflush", "{domain: {features: {hyperv: {tlbflush: {}}}, devices: {}}}",
    HYPERV "vpindex.enabled", "true" },
  { "D028/off", "{domain: {features: {hyperv: {ipi: {}, vpindex: {enabled: false}}}, devices: {}}}",
    HYPERV "vpindex.enabled", "false" },
  { "D029/added", "{domain: {features: {hyperv: {evmcs: {}}}, devices: {}}}",
    "spec.domain.cpu.features[0].name", "'vmx'" },
  { "D029/overwritten",
    "{domain: {cpu: {features: [{name: vmx, policy: disable}]}, "
    "features: {hyperv: {evmcs: {}}}, devices: {}}}",
    "spec.domain.cpu.features[0].policy", "'require'" },
  { "D030/arm64", "{architecture: arm64, domain: {devices: {disks: [{name: d, lun: {}}]}}}",
    "spec.domain.devices.disks[0].lun.bus", "'virtio'" },
  { "D030/given", "{domain: {devices: {disks: [{name: d, disk: {bus: scsi}}]}}}",
    "spec.domain.devices.disks[0].disk.bus", "'scsi'" },
  { "D031/amd64", "{domain: {devices: {watchdog: {name: w, i6300esb: {}}}}}",
    "spec.domain.devices.watchdog.i6300esb.action", "'reset'" },
  { "D031/s390x", "{architecture: s390x, domain: {devices: {watchdog: {name: w, diag288: {}}}}}",
    "spec.domain.devices.watchdog.diag288.action", "'reset'" },
  { "D032", "{domain: {devices: {}}}", "spec.domain.cpu.model", "'host-model'" },
  { "D032/arm64", "{architecture: arm64, domain: {devices: {}}}", "spec.domain.cpu.model",
    "'host-passthrough'" },
  { "D033", "{architecture: arm64, domain: {devices: {}}}",
    "spec.domain.firmware.bootloader.efi.secureBoot", "false" },
  { "D036", "{domain: {devices: {}}}", "spec.domain.cpu.maxSockets", "4" },
  { "D036/limit", "{domain: {cpu: {sockets: 64, cores: 4}, devices: {}}}",
    "spec.domain.cpu.maxSockets", "256" },
  { "D036/bounded", "{domain: {cpu: {sockets: 64, cores: 4, threads: 1}, devices: {}}}",
    "spec.domain.cpu.maxSockets", "128" },
  { "D036/beyond", "{domain: {cpu: {sockets: 600, cores: 1, threads: 1}, devices: {}}}",
    "spec.domain.cpu.maxSockets", "600" },
  { "D036/arm64", "{architecture: arm64, domain: {devices: {}}}", "spec.domain.cpu.maxSockets",
    NULL },
  { "D037", "{domain: {memory: {guest: 1536Mi}, devices: {}}}", "spec.domain.memory.maxGuest",
    "'6Gi'" },
  { "D037/decimal", "{domain: {memory: {guest: \"4194304000\"}, devices: {}}}",
    "spec.domain.memory.maxGuest", "'16000Mi'" },
  { "D037/small", "{domain: {memory: {guest: 1022Mi}, devices: {}}}", "spec.domain.memory.maxGuest",
    NULL },
  { "D037/unaligned", "{domain: {memory: {guest: 1025Mi}, devices: {}}}",
    "spec.domain.memory.maxGuest", NULL },
  { "D037/huge-pages",
    "{domain: {memory: {guest: 1536Mi, hugepages: {pageSize: 1Gi}}, devices: {}}}",
    "spec.domain.memory.maxGuest", NULL },
  { "D037/overflow", "{domain: {memory: {guest: 4Ei}, devices: {}}}", "spec.domain.memory.maxGuest",
    NULL },
  { "D038", "{domain: {devices: {}}}", "metadata.annotations[\"kubevirt.io/pci-topology-version\"]",
    "'v3'" },
  { "D038/s390x", "{architecture: s390x, domain: {devices: {}}}",
    "metadata.annotations[\"kubevirt.io/pci-topology-version\"]", NULL },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *text = g_strconcat (HEAD, row->spec, "}", NULL);
  g_autoptr (BvObject) object = read_object (text);
  g_autofree char *value = NULL;

  admit (object);
  value = print_field (object, row->field);
  g_assert_cmpstr (value, ==, row->value);
}

/* What has been admitted is admitted again at a restart of the service. */
static void
test_twice (void)
{
  g_autoptr (BvObject) object =
      read_object (HEAD "{domain: {memory: {guest: 1Gi}, features: {hyperv: {evmcs: {}}}, "
                        "devices: {watchdog: {name: w, i6300esb: {}}}}, "
                        "volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]}}");
  g_autoptr (BvObject) once = NULL;

  admit (object);
  once = bv_object_copy (object);
  admit (object);
  g_assert_true (bv_object_equal (once, object));
}

static void
test_uuid_of_name (void)
{
  g_autoptr (BvObject) a = read_object (HEAD "{domain: {devices: {}}}}");
  g_autoptr (BvObject) b = read_object (HEAD "{domain: {devices: {}}}}");
  g_autoptr (BvObject) c = read_object (HEAD "{domain: {devices: {}}}}");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;

  bv_object_set_uid (c, "b2a77c5d-3f25-4f0e-9c35-d0b29fbd3c2a");
  admit (a);
  admit (b);
  admit (c);
  first = print_field (a, "spec.domain.firmware.uuid");
  second = print_field (b, "spec.domain.firmware.uuid");
  third = print_field (c, "spec.domain.firmware.uuid");
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, !=, third);
  first[strlen (first) - 1] = '\0';
  g_assert_true (g_uuid_string_is_valid (first + 1));
}

static BvObject *
read_vm (const char *devices)
{
  g_autofree char *text = g_strconcat (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: guest}, spec: "
      "{runStrategy: Always, template: {spec: {domain: {devices: ",
      devices, "}}}}}", NULL);

  return read_object (text);
}

/* A VM stays as it was written; its VMIs keep one UUID. */
static void
test_virtual_machine (void)
{
  g_autoptr (BvObject) vm = read_vm ("{autoattachInputDevice: true}");
  g_autoptr (BvObject) before = bv_object_copy (vm);
  g_autoptr (BvVmi) one = NULL;
  g_autoptr (BvVmi) two = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *input = NULL;

  admit (vm);
  g_assert_true (bv_object_equal (before, vm));
  one = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (vm));
  two = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (vm));
  bv_object_set_uid (BV_OBJECT (one), "b2a77c5d-3f25-4f0e-9c35-d0b29fbd3c2a");
  admit (BV_OBJECT (one));
  admit (BV_OBJECT (two));
  first = print_field (BV_OBJECT (one), "spec.domain.firmware.uuid");
  second = print_field (BV_OBJECT (two), "spec.domain.firmware.uuid");
  g_assert_nonnull (first);
  g_assert_cmpstr (first, ==, second);
  input = print_field (BV_OBJECT (one), "spec.domain.devices.inputs[0].name");
  g_assert_cmpstr (input, ==, "'default-0'");
}

typedef struct
{
  const char *name;
  const char *setting;
  const char *setting_value;
  const char *spec;
  const char *field;
  const char *value;
} PolicyRow;

static const PolicyRow policy_rows[] = {
  { "D007", "cpu-request", "2", "{domain: {devices: {}}}", "spec.domain.resources.requests.cpu",
    "'2'" },
  { "D007/topology", "cpu-request", "2", "{domain: {devices: {}}}", "spec.domain.cpu.sockets",
    "2" },
  { "D007/given", "cpu-request", "2", "{domain: {resources: {requests: {cpu: 0}}, devices: {}}}",
    "spec.domain.resources.requests.cpu", "'0'" },
  { "D007/dedicated", "cpu-request", "2",
    "{domain: {cpu: {dedicatedCpuPlacement: true}, devices: {}}}",
    "spec.domain.resources.requests.cpu", NULL },
  { "D007/own", "cpu-request", "100m", "{domain: {devices: {}}}",
    "spec.domain.resources.requests.cpu", NULL },
  { "D011", "eviction-strategy", "LiveMigrate", "{domain: {devices: {}}}", "spec.evictionStrategy",
    "'LiveMigrate'" },
  { "D012", "interface-binding", "masquerade", "{domain: {devices: {}}}",
    "spec.domain.devices.interfaces[0].bridge", NULL },
  { "D005", "machine-type", "pc-q35-7.2", "{domain: {devices: {}}}", "spec.domain.machine.type",
    "'pc-q35-7.2'" },
  { "D005/given", "machine-type", "pc-q35-7.2",
    "{domain: {machine: {type: pc-q35-7.1}, devices: {}}}", "spec.domain.machine.type",
    "'pc-q35-7.1'" },
  { "D005/other-architecture", "machine-type", "pc-q35-7.2",
    "{architecture: arm64, domain: {devices: {}}}", "spec.domain.machine.type", "'virt'" },
  { "D005/none", "machine-type", "", "{domain: {devices: {}}}", "spec.domain.machine.type",
    "'q35'" },
  { "D032", "cpu-model", "EPYC", "{domain: {devices: {}}}", "spec.domain.cpu.model", "'EPYC'" },
  { "D032/given", "cpu-model", "EPYC", "{domain: {cpu: {model: Haswell}, devices: {}}}",
    "spec.domain.cpu.model", "'Haswell'" },
  { "D036", "max-cpu-sockets", "8", "{domain: {devices: {}}}", "spec.domain.cpu.maxSockets", "8" },
  { "D036/raised", "max-cpu-sockets", "8", "{domain: {cpu: {sockets: 9}, devices: {}}}",
    "spec.domain.cpu.maxSockets", "9" },
  { "D036/ratio", "max-hotplug-ratio", "2", "{domain: {devices: {}}}", "spec.domain.cpu.maxSockets",
    "2" },
  { "D037", "max-guest", "16Gi", "{domain: {memory: {guest: 1Gi}, devices: {}}}",
    "spec.domain.memory.maxGuest", "'16Gi'" },
  { "D037/below", "max-guest", "16Gi", "{domain: {memory: {guest: 32Gi}, devices: {}}}",
    "spec.domain.memory.maxGuest", NULL },
  { "D036/stage", "vm-rollout-strategy", "Stage", "{domain: {devices: {}}}",
    "spec.domain.cpu.maxSockets", NULL },
  { "D037/stage", "vm-rollout-strategy", "Stage", "{domain: {memory: {guest: 1Gi}, devices: {}}}",
    "spec.domain.memory.maxGuest", NULL },
  { "D037/ratio", "max-hotplug-ratio", "2", "{domain: {memory: {guest: 1Gi}, devices: {}}}",
    "spec.domain.memory.maxGuest", "'2Gi'" },
};

static void
test_policy (gconstpointer data)
{
  const PolicyRow *row = data;
  g_autofree char *text = g_strconcat (HEAD, row->spec, "}", NULL);
  g_autoptr (BvObject) object = read_object (text);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;

  bv_policy_set_default (policy, row->setting, row->setting_value, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bv_policy_get_default (policy, row->setting), ==, row->setting_value);
  admit_by (object, policy);
  value = print_field (object, row->field);
  g_assert_cmpstr (value, ==, row->value);
}

static void
test_wrong_policy (void)
{
  static const char *const wrong[][2] = {
    { "cpu-modle", "x" },
    { "cpu-model", "" },
    { "eviction-strategy", "Live" },
    { "max-hotplug-ratio", "0" },
    { "vm-rollout-strategy", "Live" },
    { "max-cpu-sockets", "-1" },
    { "max-guest", "1Qi" },
    { "max-guest", "-1Gi" },
    { "interface-binding", "slirp" },
    { "machine-type", "q35,accel=tcg" },
  };
  g_autoptr (BvPolicy) policy = bv_policy_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bv_policy_set_default (policy, wrong[i][0], wrong[i][1], &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpstr (bv_policy_get_default (policy, "max-hotplug-ratio"), ==, "4");
  g_assert_null (bv_policy_get_default (policy, "cpu-modle"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/default/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (policy_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/default/policy/", policy_rows[i].name, NULL);

      g_test_add_data_func (path, &policy_rows[i], test_policy);
    }
  g_test_add_func ("/default/policy/wrong", test_wrong_policy);
  g_test_add_func ("/default/twice", test_twice);
  g_test_add_func ("/default/D022", test_uuid_of_name);
  g_test_add_func ("/default/D003", test_virtual_machine);
  return g_test_run ();
}
