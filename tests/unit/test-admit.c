/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit-rules.h"

/* One row a rule, by the rule's number in KubeVirt (V012) or by a word where the rule is ours.
 * Those of networks, disks and volumes are in test-admit-devices.c. */

#define HEAD "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {name: guest}\n"
#define MEMORY "memory: {guest: 128Mi}, "
/* Members of spec.domain beside memory and devices, each followed by a comma. */
#define DOMAIN(members) NULL, HEAD "spec: {domain: {" MEMORY members " devices: {}}}\n"
/* The same without memory, and members of the spec, each after a comma. */
#define SPEC(domain, more) NULL, HEAD "spec: {domain: {" domain " devices: {}}" more "}\n"
#define ON(architecture) ", architecture: " architecture
#define VM(metadata, template, spec)                                                               \
  NULL, "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {" metadata                   \
        "}\nspec: {runStrategy: Always, template: {" template "spec: {" spec "}}}\n"
#define NAMED(metadata)                                                                            \
  NULL, "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {" metadata           \
        "}\nspec: {domain: {" MEMORY "devices: {}}}\n"
#define SIXTY_THREE "a23456789-123456789-123456789-123456789-123456789-123456789-123"

static const Rule metadata_rules[] = {
  { "no-name", NAMED (""), BV_REASON_REQUIRED, "metadata.name", "has no name" },
  { "generate-name", NAMED ("generateName: a-"), BV_REASON_REQUIRED, "metadata.generateName",
    "write a name instead" },
  { "name-capital", NAMED ("name: Guest"), BV_REASON_INVALID, "metadata.name",
    "did you mean “guest”" },
  { "name-underscore", NAMED ("name: a_b"), BV_REASON_INVALID, "metadata.name",
    "did you mean “a-b”" },
  { "name-slash", NAMED ("name: a/b"), BV_REASON_INVALID, "metadata.name", "at most 253" },
  { "namespace", NAMED ("name: a, namespace: a.b"), BV_REASON_INVALID, "metadata.namespace",
    "cannot be a namespace" },
  { "name-of-configmap", NULL, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a_b}\n",
    BV_REASON_INVALID, "metadata.name", "cannot be a name" },
  { "domain-name",
    NAMED ("namespace: " SIXTY_THREE ", name: " SIXTY_THREE "." SIXTY_THREE "." SIXTY_THREE),
    BV_REASON_INVALID, "metadata.name", "239 characters" },
  { "label-key", NAMED ("name: a, labels: {-a: b}"), BV_REASON_INVALID, "metadata.labels.-a",
    "name of a label" },
  { "label-key-prefix", NAMED ("name: a, labels: {Example.org/a: b}"), BV_REASON_INVALID,
    "metadata.labels[\"Example.org/a\"]", "name of a label" },
  { "label-value", NAMED ("name: a, labels: {a: b c}"), BV_REASON_INVALID, "metadata.labels.a",
    "value of a label" },
  { "annotation-key", NAMED ("name: a, annotations: {a/b/c: d}"), BV_REASON_INVALID,
    "metadata.annotations[\"a/b/c\"]", "name of an annotation" },
  { "template-label",
    VM ("name: a", "metadata: {labels: {a: b c}}, ", "domain: {" MEMORY "devices: {}}"),
    BV_REASON_INVALID, "spec.template.metadata.labels.a", "value of a label" },
  { "publish", NAMED ("name: a, annotations: {barevirt.org/publish: '80:x'}"), BV_REASON_INVALID,
    "metadata.annotations[\"barevirt.org/publish\"]", "no pair of ports" },
  { "publish-nothing", NAMED ("name: a, annotations: {barevirt.org/publish: '80'}"),
    BV_REASON_INVALID, "metadata.annotations[\"barevirt.org/publish\"]", "masquerade" },
  { "V009", NAMED ("name: a, annotations: {kubevirt.io/ignitiondata: '{}'}"), BV_REASON_INVALID,
    "metadata.annotations[\"kubevirt.io/ignitiondata\"]", "ExperimentalIgnitionSupport" },
  { "V010", NAMED ("name: a, annotations: {hooks.kubevirt.io/hookSidecars: '[]'}"),
    BV_REASON_INVALID, "metadata.annotations[\"hooks.kubevirt.io/hookSidecars\"]", "Sidecar" },
};

static const Rule architecture_rules[] = {
  { "V011", SPEC (MEMORY, ON ("amd46")), BV_REASON_INVALID, "spec.architecture",
    "did you mean “amd64”" },
  { "V012", "watchdog: {name: w, diag288: {}}", "", BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.watchdog", "keep i6300esb alone" },
  { "V012-none", "watchdog: {name: w}", "", BV_REASON_REQUIRED, "spec.domain.devices.watchdog",
    "has no model" },
  { "V013", "video: {type: virtoi}", "", BV_REASON_NOT_SUPPORTED, "spec.domain.devices.video.type",
    "did you mean “virtio”" },
  { "V013-none", "video: {}", "", BV_REASON_NOT_SUPPORTED, "spec.domain.devices.video.type",
    "names no model" },
  { "V014", "video: {type: vga}", ON ("arm64"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.video.type", "not one of virtio, ramfb" },
  { "V015", "video: {type: vga}", ON ("s390x"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.video.type", "not one of virtio" },
  { "V016", SPEC (MEMORY "firmware: {bootloader: {bios: {}}},", ON ("arm64")),
    BV_REASON_NOT_SUPPORTED, "spec.domain.firmware.bootloader.bios", "no BIOS" },
  { "V017", SPEC (MEMORY "cpu: {model: max},", ON ("arm64")), BV_REASON_NOT_SUPPORTED,
    "spec.domain.cpu.model", "host-passthrough" },
  { "V018", "disks: [{name: d, disk: {bus: sata}}]",
    ON ("arm64") ", volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]", BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.disks[0].disk.bus", "no sata disks" },
  { "V019", "disks: [{name: d, cdrom: {bus: sata}}]", ON ("arm64"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.disks[0].cdrom.bus", "no sata disks" },
  { "V020", "disks: [{name: d, lun: {bus: usb}}]",
    ON ("arm64") ", volumes: [{name: d, persistentVolumeClaim: {claimName: c}}]",
    BV_REASON_NOT_SUPPORTED, "spec.domain.devices.disks[0].lun.bus", "no usb disks" },
  { "V021", "watchdog: {name: w, i6300esb: {}}", ON ("arm64"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.watchdog", "no watchdog" },
  { "V022", "sound: {name: s}", ON ("arm64"), BV_REASON_NOT_SUPPORTED, "spec.domain.devices.sound",
    "no sound device" },
  { "V023", "watchdog: {name: w, i6300esb: {}}", ON ("s390x"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.watchdog", "keep diag288 alone" },
  { "V042", DOMAIN ("machine: {type: pc-i440fx-7.2},"), BV_REASON_INVALID,
    "spec.domain.machine.type", "use one of q35" },
  { "V042-space", DOMAIN ("machine: {type: 'q35 x'},"), BV_REASON_INVALID,
    "spec.domain.machine.type", "no machine" },
  { "V042-arm64", SPEC (MEMORY "machine: {type: q35},", ON ("arm64")), BV_REASON_INVALID,
    "spec.domain.machine.type", "use one of virt" },
  { "V247", "panicDevices: [{}]", ON ("s390x"), BV_REASON_INVALID,
    "spec.domain.devices.panicDevices", "Remove them" },
};

#define HYPERV(members) DOMAIN ("features: {hyperv: {" members "}},")

static const Rule hyperv_rules[] = {
  { "V024", HYPERV ("evmcs: {}, vapic: {enabled: false}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.evmcs", "needs vapic" },
  { "V025", HYPERV ("ipi: {}, vpindex: {enabled: false}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.ipi", "needs vpindex" },
  { "V026", HYPERV ("tlbflush: {}, vpindex: {enabled: false}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.tlbflush", "needs vpindex" },
  { "V027", HYPERV ("synictimer: {}, synic: {enabled: false}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.synictimer", "needs synic" },
  { "V028", HYPERV ("synic: {}, vpindex: {enabled: false}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.synic", "needs vpindex" },
  { "V031", DOMAIN ("features: {hyperv: {}, hypervPassthrough: {enabled: false}},"),
    BV_REASON_INVALID, "spec.domain.features.hypervPassthrough", "keep one of the two" },
  { "spinlocks", HYPERV ("spinlocks: {spinlocks: 4094}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.spinlocks.spinlocks", "at least 4095" },
  { "vendor-id", HYPERV ("vendorid: {vendorid: Thirteenchars}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.vendorid.vendorid", "at most 12" },
  { "vendor-id-comma", HYPERV ("vendorid: {vendorid: 'a,b'}"), BV_REASON_INVALID,
    "spec.domain.features.hyperv.vendorid.vendorid", "without a comma" },
};

static const Rule guest_rules[] = {
  { "V032", SPEC (MEMORY, ", hostname: Web1"), BV_REASON_INVALID, "spec.hostname",
    "did you mean “web1”" },
  { "V032-dot", SPEC (MEMORY, ", hostname: a.b"), BV_REASON_INVALID, "spec.hostname",
    "at most 63" },
  { "V033", SPEC (MEMORY, ", subdomain: -a"), BV_REASON_INVALID, "spec.subdomain", "at most 253" },
  { "V064", SPEC (MEMORY, ", startStrategy: Pause"), BV_REASON_INVALID, "spec.startStrategy",
    "did you mean “Paused”" },
  { "V064-empty", SPEC (MEMORY, ", startStrategy: ''"), BV_REASON_INVALID, "spec.startStrategy",
    "is empty" },
  { "V065", SPEC (MEMORY, ", startStrategy: Paused, livenessProbe: {guestAgentPing: {}}"),
    BV_REASON_INVALID, "spec.startStrategy", "liveness probe" },
  { "V174", SPEC (MEMORY, ", readinessProbe: {guestAgentPing: {}, exec: {command: [a]}}"),
    BV_REASON_INVALID, "spec.readinessProbe", "2 things at once" },
  { "V175", SPEC (MEMORY, ", livenessProbe: {}"), BV_REASON_REQUIRED, "spec.livenessProbe",
    "guestAgentPing" },
  { "V176", "autoattachPodInterface: false", ", livenessProbe: {httpGet: {port: 80}}",
    BV_REASON_INVALID, "spec.livenessProbe.httpGet", "pod network only" },
  { "V177", "autoattachPodInterface: false", ", readinessProbe: {tcpSocket: {port: 80}}",
    BV_REASON_INVALID, "spec.readinessProbe.tcpSocket", "pod network only" },
  { "probe-port", SPEC (MEMORY, ", livenessProbe: {tcpSocket: {port: 65536}}"), BV_REASON_INVALID,
    "spec.livenessProbe.tcpSocket.port", "from 1 to 65535" },
  { "probe-delay", SPEC (MEMORY, ", livenessProbe: {guestAgentPing: {}, initialDelaySeconds: -1}"),
    BV_REASON_INVALID, "spec.livenessProbe.initialDelaySeconds", "0 or more" },
  { "probe-successes", SPEC (MEMORY, ", livenessProbe: {guestAgentPing: {}, successThreshold: 2}"),
    BV_REASON_INVALID, "spec.livenessProbe.successThreshold", "write 1" },
  { "probe-no-command", SPEC (MEMORY, ", readinessProbe: {exec: {}}"), BV_REASON_REQUIRED,
    "spec.readinessProbe.exec.command", "names no program" },
  { "V178", SPEC (MEMORY, ", evictionStrategy: Live"), BV_REASON_INVALID, "spec.evictionStrategy",
    "not one of" },
  { "V178-empty", SPEC (MEMORY, ", evictionStrategy: ''"), BV_REASON_INVALID,
    "spec.evictionStrategy", "is empty" },
  { "grace-period", SPEC (MEMORY, ", terminationGracePeriodSeconds: -1"), BV_REASON_INVALID,
    "spec.terminationGracePeriodSeconds", "0 or more" },
  { "timezone", DOMAIN ("clock: {timezone: ../passwd},"), BV_REASON_INVALID,
    "spec.domain.clock.timezone", "no time zone" },
};

#define RESOURCES(members) SPEC ("resources: {" members "},", "")

static const Rule memory_rules[] = {
  { "V007", SPEC ("", ""), BV_REASON_REQUIRED, "spec.domain.memory.guest", "has no memory" },
  { "V007-template", VM ("name: a", "", "domain: {devices: {}}"), BV_REASON_REQUIRED,
    "spec.template.spec.domain.memory.guest", "has no memory" },
  { "V034", DOMAIN ("resources: {requests: {memory: -1Gi}},"), BV_REASON_INVALID,
    "spec.domain.resources.requests.memory", "below 0" },
  { "V035", DOMAIN ("resources: {requests: {memory: 999999}},"), BV_REASON_INVALID,
    "spec.domain.resources.requests.memory", "below 1M" },
  { "V036", DOMAIN ("resources: {limits: {memory: -1Gi}},"), BV_REASON_INVALID,
    "spec.domain.resources.limits.memory", "below 0" },
  { "V037", RESOURCES ("requests: {memory: 2Gi}, limits: {memory: 2G}"), BV_REASON_INVALID,
    "spec.domain.resources.requests.memory", "above the limit 2G" },
  { "V038", SPEC ("memory: {guest: 1Gi, hugepages: {pageSize: 2Mb}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.hugepages.pageSize", "no size of a page" },
  { "V038-zero", SPEC ("memory: {guest: 1Gi, hugepages: {pageSize: '0'}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.hugepages.pageSize", "no size of a page" },
  { "V038-size", SPEC ("memory: {guest: 3Gi, hugepages: {pageSize: 3Mi}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.hugepages.pageSize", "no size of a page" },
  { "V039", SPEC ("memory: {guest: 512Mi, hugepages: {pageSize: 1Gi}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.guest", "less than one huge page" },
  { "V040", SPEC ("memory: {guest: 65Mi, hugepages: {pageSize: 2Mi}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.guest", "no multiple" },
  { "V040-request",
    SPEC ("memory: {hugepages: {pageSize: 2Mi}}, resources: {requests: {memory: 65Mi}},", ""),
    BV_REASON_INVALID, "spec.domain.resources.requests.memory", "no multiple" },
  { "negative", SPEC ("memory: {guest: -1Gi},", ""), BV_REASON_INVALID, "spec.domain.memory.guest",
    "cannot have -1Gi" },
  { "zero", SPEC ("memory: {guest: 0},", ""), BV_REASON_INVALID, "spec.domain.memory.guest",
    "cannot have 0" },
  { "max-guest", SPEC ("memory: {guest: 2Gi, maxGuest: 2G},", ""), BV_REASON_INVALID,
    "spec.domain.memory.maxGuest", "must not be below" },
  { "V250", SPEC ("memory: {guest: 1Gi, reservedOverhead: {}},", ""), BV_REASON_INVALID,
    "spec.domain.memory.reservedOverhead", "ReservedOverheadMemlock" },
};

#define DEDICATED(cpu, members) DOMAIN ("cpu: {dedicatedCpuPlacement: true, " cpu "}, " members)

static const Rule cpu_rules[] = {
  { "V046", DOMAIN ("resources: {requests: {cpu: -1}},"), BV_REASON_INVALID,
    "spec.domain.resources.requests.cpu", "below 0" },
  { "V047", DOMAIN ("resources: {limits: {cpu: -500m}},"), BV_REASON_INVALID,
    "spec.domain.resources.limits.cpu", "below 0" },
  { "V048", DOMAIN ("resources: {requests: {cpu: 1500m}, limits: {cpu: 1}},"), BV_REASON_INVALID,
    "spec.domain.resources.requests.cpu", "above the limit 1" },
  { "V049", SPEC ("cpu: {dedicatedCpuPlacement: true},", ""), BV_REASON_REQUIRED,
    "spec.domain.memory.guest", "has no memory" },
  { "V050", DEDICATED ("", "resources: {requests: {cpu: 1500m}},"), BV_REASON_INVALID,
    "spec.domain.resources.requests.cpu", "1500m is none" },
  { "V051", DEDICATED ("", "resources: {requests: {cpu: 1}, limits: {cpu: 1500m}},"),
    BV_REASON_INVALID, "spec.domain.resources.limits.cpu", "1500m is none" },
  { "V052", DEDICATED ("", "resources: {requests: {memory: 1Gi}, limits: {memory: 2Gi}},"),
    BV_REASON_INVALID, "spec.domain.resources.requests.memory", "same as the limit" },
  { "V054", DEDICATED ("", "resources: {requests: {cpu: 1}, limits: {cpu: 2}},"), BV_REASON_INVALID,
    "spec.domain.cpu.dedicatedCpuPlacement", "same as the limit (2)" },
  { "V055", DEDICATED ("cores: 4", "resources: {requests: {cpu: 2}},"), BV_REASON_INVALID,
    "spec.domain.cpu.dedicatedCpuPlacement", "has 4 vCPUs" },
  { "V056", SPEC (MEMORY "cpu: {dedicatedCpuPlacement: true, threads: 2}, ", ON ("arm64")),
    BV_REASON_INVALID, "spec.architecture", "one thread" },
  { "V057", DEDICATED ("threads: 3", ""), BV_REASON_INVALID, "spec.domain.cpu.threads",
    "at most 2 threads" },
  { "V059",
    SPEC ("memory: {guest: 1Gi, hugepages: {pageSize: 2Mi}}, "
          "cpu: {numa: {guestMappingPassthrough: {}}},",
          ""),
    BV_REASON_INVALID, "spec.domain.cpu.numa.guestMappingPassthrough", "dedicated CPUs only" },
  { "V060", DEDICATED ("numa: {guestMappingPassthrough: {}}", ""), BV_REASON_INVALID,
    "spec.domain.cpu.numa.guestMappingPassthrough", "huge pages only" },
  { "V061", DOMAIN ("cpu: {isolateEmulatorThread: true},"), BV_REASON_INVALID,
    "spec.domain.cpu.isolateEmulatorThread", "dedicatedCpuPlacement: true" },
  { "V062", DOMAIN ("cpu: {features: [{name: vmx, policy: requier}]},"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.cpu.features[0].policy", "did you mean “require”" },
  { "V063", DOMAIN ("cpu: {sockets: 3, maxSockets: 2},"), BV_REASON_INVALID,
    "spec.domain.cpu.sockets", "more than maxSockets" },
  { "V066", DOMAIN ("cpu: {realtime: {}},"), BV_REASON_REQUIRED,
    "spec.domain.cpu.dedicatedCpuPlacement", "realtime" },
  { "V067", DEDICATED ("realtime: {}", ""), BV_REASON_REQUIRED,
    "spec.domain.cpu.numa.guestMappingPassthrough", "realtime" },
  { "mask", DOMAIN ("cpu: {realtime: {mask: 0-3;5}},"), BV_REASON_INVALID,
    "spec.domain.cpu.realtime.mask", "such as 0-3,^1" },
  { "mask-backwards", DOMAIN ("cpu: {realtime: {mask: 3-0}},"), BV_REASON_INVALID,
    "spec.domain.cpu.realtime.mask", "no list of vCPUs" },
  { "mask-empty-part", DOMAIN ("cpu: {realtime: {mask: '1,,2'}},"), BV_REASON_INVALID,
    "spec.domain.cpu.realtime.mask", "no list of vCPUs" },
  { "feature-no-name", DOMAIN ("cpu: {features: [{policy: require}]},"), BV_REASON_REQUIRED,
    "spec.domain.cpu.features[0].name", "is required" },
  { "feature-empty", DOMAIN ("cpu: {features: [{name: ''}]},"), BV_REASON_REQUIRED,
    "spec.domain.cpu.features[0].name", "cannot be a CPU feature" },
  { "feature-name", DOMAIN ("cpu: {features: [{name: 'a b'}]},"), BV_REASON_INVALID,
    "spec.domain.cpu.features[0].name", "cannot be a CPU feature" },
  { "feature-twice", DOMAIN ("cpu: {features: [{name: vmx}, {name: vmx}]},"), BV_REASON_DUPLICATE,
    "spec.domain.cpu.features[1].name", "features[0]" },
  { "model", DOMAIN ("cpu: {model: 'Sky lake'},"), BV_REASON_INVALID, "spec.domain.cpu.model",
    "cannot be a CPU model" },
  { "model-slip", DOMAIN ("cpu: {model: host-pasthrough},"), BV_REASON_INVALID,
    "spec.domain.cpu.model", "did you mean “host-passthrough”" },
  { "too-many", DOMAIN ("cpu: {sockets: 65536, cores: 65536, threads: 4294967295},"),
    BV_REASON_INVALID, "spec.domain.cpu", "at most 4096" },
};

#define BOOT(members) DOMAIN ("firmware: {kernelBoot: {" members "}},")
#define CONTAINER(members) BOOT ("container: {image: i, " members "}")

static const Rule firmware_rules[] = {
  { "uuid", DOMAIN ("firmware: {uuid: 12345},"), BV_REASON_INVALID, "spec.domain.firmware.uuid",
    "in quotes" },
  { "uuid-form", DOMAIN ("firmware: {uuid: abc},"), BV_REASON_INVALID, "spec.domain.firmware.uuid",
    "no UUID" },
  { "V043", DOMAIN ("firmware: {acpi: {}},"), BV_REASON_INVALID, "spec.domain.firmware.acpi",
    "names no table" },
  { "V044", DOMAIN ("firmware: {acpi: {slicNameRef: v}},"), BV_REASON_INVALID,
    "spec.domain.firmware.acpi.slicNameRef", "no volume" },
  { "V045",
    SPEC (MEMORY "firmware: {acpi: {msdmNameRef: v}},",
          ", volumes: [{name: v, configMap: {name: c}}]"),
    BV_REASON_INVALID, "spec.domain.firmware.acpi.msdmNameRef", "from a secret" },
  { "serial", DOMAIN ("firmware: {serial: \"a\\nb\"},"), BV_REASON_INVALID,
    "spec.domain.firmware.serial", "control character" },
  { "chassis", DOMAIN ("chassis: {asset: \"a\\x01b\"},"), BV_REASON_INVALID,
    "spec.domain.chassis.asset", "control character" },
  { "V179", DOMAIN ("firmware: {bootloader: {bios: {}, efi: {secureBoot: false}}},"),
    BV_REASON_INVALID, "spec.domain.firmware.bootloader", "keep one" },
  { "V180", BOOT ("kernelArgs: quiet"), BV_REASON_INVALID,
    "spec.domain.firmware.kernelBoot.kernelArgs", "kernel that is not given" },
  { "V181", BOOT ("container: {image: '', kernelPath: /k}"), BV_REASON_REQUIRED,
    "spec.domain.firmware.kernelBoot.container.image", "is empty" },
  { "V182", CONTAINER (""), BV_REASON_REQUIRED, "spec.domain.firmware.kernelBoot.container",
    "kernelPath or initrdPath" },
  { "V183", CONTAINER ("kernelPath: /"), BV_REASON_INVALID,
    "spec.domain.firmware.kernelBoot.container.kernelPath", "no absolute path" },
  { "V184", CONTAINER ("initrdPath: /a/../b"), BV_REASON_INVALID,
    "spec.domain.firmware.kernelBoot.container.initrdPath", "no absolute path" },
  { "V184-relative", CONTAINER ("initrdPath: boot/initrd"), BV_REASON_INVALID,
    "spec.domain.firmware.kernelBoot.container.initrdPath", "no absolute path" },
  { "V185", DOMAIN ("firmware: {bootloader: {efi: {}}},"), BV_REASON_INVALID,
    "spec.domain.firmware.bootloader.efi.secureBoot", "smm: {}" },
};

#define EFI "firmware: {bootloader: {efi: {secureBoot: false}}},"
#define SECURITY(kind, members) DOMAIN (members "launchSecurity: {" kind "},")

static const Rule security_rules[] = {
  { "V233", SPEC (MEMORY "launchSecurity: {},", ON ("arm64")), BV_REASON_INVALID,
    "spec.architecture", "no launch security" },
  { "V234", SECURITY ("", EFI), BV_REASON_FORBIDDEN, "spec.domain.launchSecurity", "just one way" },
  { "V234-two", SECURITY ("sev: {}, snp: {}", EFI), BV_REASON_FORBIDDEN,
    "spec.domain.launchSecurity", "just one way" },
  { "V235", SECURITY ("tdx: {}", EFI), BV_REASON_INVALID, "spec.domain.launchSecurity.tdx",
    "WorkloadEncryptionTDX" },
  { "V236", SECURITY ("tdx: {}", EFI "features: {smm: {}},"), BV_REASON_INVALID,
    "spec.domain.launchSecurity", "system management mode" },
  { "V237", SECURITY ("sev: {}", ""), BV_REASON_INVALID, "spec.domain.launchSecurity", "EFI only" },
  { "V238", SECURITY ("snp: {}", "firmware: {bootloader: {efi: {}}}, features: {smm: {}},"),
    BV_REASON_INVALID, "spec.domain.launchSecurity", "without secure boot" },
  { "V239",
    SECURITY ("snp: {}", "firmware: {bootloader: {efi: {secureBoot: false, persistent: true}}},"),
    BV_REASON_INVALID, "spec.domain.launchSecurity", "keeps nothing" },
  { "V240", SECURITY ("sev: {attestation: {}}", EFI), BV_REASON_INVALID,
    "spec.domain.launchSecurity", "startStrategy" },
  { "session", SECURITY ("sev: {session: 'a b'}", EFI), BV_REASON_INVALID,
    "spec.domain.launchSecurity.sev.session", "not base64" },
  { "dh-cert", SECURITY ("sev: {dhCert: abc}", EFI), BV_REASON_INVALID,
    "spec.domain.launchSecurity.sev.dhCert", "not base64" },
  { "V241", NULL,
    HEAD "spec: {domain: {" MEMORY EFI "launchSecurity: {sev: {}}, devices: {interfaces: "
         "[{name: n, masquerade: {}, bootOrder: 1}]}}, networks: [{name: n, pod: {}}]}\n",
    BV_REASON_INVALID, "spec.domain.launchSecurity", "boot from the network" },
};

#define CLAIM ", volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]"
#define EMPTY ", volumes: [{name: v, emptyDisk: {capacity: 1Gi}}]"
#define METRICS ", volumes: [{name: v, downwardMetrics: {}}]"

static const Rule pairing_rules[] = {
  { "V005", "", ", volumes: [{name: v, containerPath: {path: /a}}]", BV_REASON_INVALID,
    "spec.volumes[0]", "add one called “v”" },
  { "V004", "disks: [{name: v}], filesystems: [{name: v, virtiofs: {}}]",
    ", volumes: [{name: v, containerPath: {path: /a}}]", BV_REASON_INVALID, "spec.volumes[0]",
    "remove domain.devices.disks[0]" },
  { "V006", "filesystems: [{name: v, virtiofs: {}}]",
    ", volumes: [{name: v, containerPath: {path: /var/run/libvirt/x}}]", BV_REASON_INVALID,
    "spec.volumes[0].containerPath.path", "belongs to the hypervisor" },
  { "V162", "disks: [{name: roto}]", ", volumes: [{name: root, emptyDisk: {capacity: 1Gi}}]",
    BV_REASON_INVALID, "spec.domain.devices.disks[0].name", "did you mean “root”" },
  { "V162-none", "disks: [{name: root}]", "", BV_REASON_INVALID,
    "spec.domain.devices.disks[0].name", "add it to spec.volumes" },
  { "V164", "disks: [{name: v, lun: {bus: scsi}}]", EMPTY, BV_REASON_INVALID,
    "spec.domain.devices.disks[0].lun", "use disk instead" },
  { "V165", "disks: [{name: v, cdrom: {}}]", METRICS, BV_REASON_REQUIRED,
    "spec.domain.devices.disks[0].disk", "hard disk only" },
  { "V166", "disks: [{name: v, disk: {bus: scsi}}]", METRICS, BV_REASON_INVALID,
    "spec.domain.devices.disks[0].disk.bus", "not on scsi" },
  { "V167", "disks: [{name: v, bootOrder: 1}, {name: w, bootOrder: 1}]",
    ", volumes: [{name: v, emptyDisk: {capacity: 1Gi}}, {name: w, emptyDisk: {capacity: 1Gi}}]",
    BV_REASON_INVALID, "spec.domain.devices.disks[1].bootOrder", "“v” has the boot order 1" },
  { "V168", "interfaces: [{name: n, masquerade: {}, bootOrder: 0}]",
    ", networks: [{name: n, pod: {}}]", BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].bootOrder", "0 is none" },
  { "V169",
    "disks: [{name: v, bootOrder: 7}], "
    "interfaces: [{name: n, masquerade: {}, bootOrder: 7}]",
    EMPTY ", networks: [{name: n, pod: {}}]", BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].bootOrder", "“v” has the boot order 7" },
  { "boot-order-limit", "disks: [{name: v, bootOrder: 4294967296}]", EMPTY, BV_REASON_INVALID,
    "spec.domain.devices.disks[0].bootOrder", "count from 1" },
  { "V245", "filesystems: [{name: v, virtiofs: {}}]", CLAIM, BV_REASON_INVALID,
    "spec.domain.devices.filesystems[0].name", "EnableVirtioFsStorageVolumes" },
};

#define SHOWN "virtualGPUOptions: {display: {}}"

static const Rule device_rules[] = {
  { "V170", "inputs: [{name: i, type: tablet, bus: ps2}]", "", BV_REASON_INVALID,
    "spec.domain.devices.inputs[0].bus", "not one of" },
  { "V171", "inputs: [{name: i, type: mouse}]", "", BV_REASON_INVALID,
    "spec.domain.devices.inputs[0].type", "not one of tablet" },
  { "V171-template",
    VM ("name: a", "", "domain: {" MEMORY "devices: {inputs: [{name: i, type: ''}]}}"),
    BV_REASON_INVALID, "spec.template.spec.domain.devices.inputs[0].type", "write tablet" },
  { "V172", DOMAIN ("ioThreadsPolicy: share,"), BV_REASON_INVALID, "spec.domain.ioThreadsPolicy",
    "did you mean “shared”" },
  { "V172-empty", DOMAIN ("ioThreadsPolicy: '',"), BV_REASON_INVALID, "spec.domain.ioThreadsPolicy",
    "is empty" },
  { "V173", DOMAIN ("ioThreadsPolicy: supplementalPool,"), BV_REASON_INVALID,
    "spec.domain.ioThreads.supplementalPoolThreadCount", "needs a number" },
  { "V229", "gpus: [{name: a, deviceName: x/y, " SHOWN "}, {name: b, deviceName: x/y, " SHOWN "}]",
    "", BV_REASON_INVALID, "spec.domain.devices.gpus[1].virtualGPUOptions.display",
    "gpus[0] has a display" },
  { "V230", "hostDevices: [{name: a, deviceName: x/y}]", "", BV_REASON_INVALID,
    "spec.domain.devices.hostDevices", "HostDevices" },
  { "V231", "sound: {name: s, model: ich6}", "", BV_REASON_INVALID,
    "spec.domain.devices.sound.model", "did you mean “ich9”" },
  { "V232", "sound: {name: ''}", "", BV_REASON_INVALID, "spec.domain.devices.sound.name",
    "has no name" },
  { "V242", "autoattachVSOCK: true", "", BV_REASON_INVALID, "spec.domain.devices.autoattachVSOCK",
    "VSOCK" },
  { "V244", "downwardMetrics: {}", "", BV_REASON_INVALID, "spec.domain.devices.downwardMetrics",
    "DownwardMetrics" },
  { "V246", "video: {type: vga}, autoattachGraphicsDevice: false", "", BV_REASON_INVALID,
    "spec.domain.devices.video", "without a graphics device" },
  { "V248", "panicDevices: [{model: isaa}]", "", BV_REASON_INVALID,
    "spec.domain.devices.panicDevices[0].model", "did you mean “isa”" },
  { "V248-empty", "panicDevices: [{model: ''}]", "", BV_REASON_INVALID,
    "spec.domain.devices.panicDevices[0].model", "is empty" },
  { "watchdog-no-name", "watchdog: {i6300esb: {}}", "", BV_REASON_REQUIRED,
    "spec.domain.devices.watchdog.name", "is required" },
  { "watchdog-two", "watchdog: {name: w, i6300esb: {}, diag288: {}}", "", BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.watchdog", "one model" },
  { "io-threads",
    DOMAIN ("ioThreadsPolicy: supplementalPool, ioThreads: {supplementalPoolThreadCount: 1025},"),
    BV_REASON_INVALID, "spec.domain.ioThreads.supplementalPoolThreadCount", "at most 1024" },
  { "alias", "watchdog: {name: default, i6300esb: {}}", "", BV_REASON_DUPLICATE,
    "spec.domain.devices.watchdog.name", "interfaces[0] is called “default” already" },
  { "alias-inputs", "inputs: [{name: a, type: tablet}, {name: a, type: tablet}]", "",
    BV_REASON_DUPLICATE, "spec.domain.devices.inputs[1].name", "inputs[0] is called “a”" },
  { "alias-gpus", "gpus: [{name: a, deviceName: x/y}, {name: a, deviceName: x/y}]", "",
    BV_REASON_DUPLICATE, "spec.domain.devices.gpus[1].name", "gpus[0] is called “a”" },
};

#define KEYS(method)                                                                               \
  ", accessCredentials: [{sshPublicKey: {source: {secret: {secretName: s}}, "                      \
  "propagationMethod: {" method "}}}]"
#define METHOD "spec.accessCredentials[0].sshPublicKey.propagationMethod"

static const Rule credential_rules[] = {
  { "V210", SPEC (MEMORY, KEYS ("noCloud: {}")), BV_REASON_INVALID, METHOD ".noCloud",
    "cloudInitNoCloud" },
  { "V211", SPEC (MEMORY, KEYS ("configDrive: {}")), BV_REASON_INVALID, METHOD ".configDrive",
    "cloudInitConfigDrive" },
  { "V212", SPEC (MEMORY, KEYS ("qemuGuestAgent: {users: []}")), BV_REASON_INVALID,
    METHOD ".qemuGuestAgent.users", "for no user" },
  { "V213",
    SPEC (MEMORY, ", accessCredentials: [{sshPublicKey: {source: {}, propagationMethod: "
                  "{qemuGuestAgent: {users: [a]}}}}]"),
    BV_REASON_INVALID, "spec.accessCredentials[0].sshPublicKey.source", "secretName" },
  { "secret-name",
    SPEC (MEMORY, ", accessCredentials: [{userPassword: {source: {secret: {secretName: A}}, "
                  "propagationMethod: {qemuGuestAgent: {}}}}]"),
    BV_REASON_INVALID, "spec.accessCredentials[0].userPassword.source.secret.secretName",
    "name of a secret" },
  { "V214", SPEC (MEMORY, KEYS ("")), BV_REASON_INVALID, METHOD, "just one way" },
  { "V214-two", SPEC (MEMORY, KEYS ("noCloud: {}, qemuGuestAgent: {users: [a]}")),
    BV_REASON_INVALID, METHOD, "just one way" },
  { "V215",
    SPEC (MEMORY, ", accessCredentials: [{userPassword: {source: {}, propagationMethod: "
                  "{qemuGuestAgent: {}}}}]"),
    BV_REASON_INVALID, "spec.accessCredentials[0].userPassword.source", "secretName" },
  { "V216",
    SPEC (MEMORY, ", accessCredentials: [{userPassword: {source: {secret: {secretName: s}}, "
                  "propagationMethod: {}}}]"),
    BV_REASON_INVALID, "spec.accessCredentials[0].userPassword.propagationMethod",
    "qemuGuestAgent" },
  { "V217", SPEC (MEMORY, ", accessCredentials: [{}]"), BV_REASON_INVALID,
    "spec.accessCredentials[0]", "write one of" },
};

#define DNS(members) SPEC (MEMORY, ", dnsConfig: {" members "}")

static const Rule dns_rules[] = {
  { "V218", SPEC (MEMORY, ", dnsPolicy: Cluster"), BV_REASON_NOT_SUPPORTED, "spec.dnsPolicy",
    "not one of" },
  { "V219", SPEC (MEMORY, ", dnsPolicy: None"), BV_REASON_REQUIRED, "spec.dnsConfig",
    "from dnsConfig" },
  { "V220", SPEC (MEMORY, ", dnsPolicy: None, dnsConfig: {}"), BV_REASON_REQUIRED,
    "spec.dnsConfig.nameservers", "at least one" },
  { "V221", DNS ("nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]"), BV_REASON_INVALID,
    "spec.dnsConfig.nameservers", "at most 3" },
  { "V222", DNS ("nameservers: [10.0.0.256]"), BV_REASON_INVALID, "spec.dnsConfig.nameservers[0]",
    "no IP address" },
  { "V223", DNS ("searches: [a, b, c, d, e, f, g]"), BV_REASON_INVALID, "spec.dnsConfig.searches",
    "at most 6" },
  { "V224", DNS ("searches: [" SIXTY_THREE "." SIXTY_THREE "." SIXTY_THREE ", " SIXTY_THREE ", a]"),
    BV_REASON_INVALID, "spec.dnsConfig.searches", "257 characters" },
  { "V225", DNS ("searches: [A]"), BV_REASON_INVALID, "spec.dnsConfig.searches[0]", "no domain" },
  { "V226", DNS ("options: [{value: '5'}]"), BV_REASON_INVALID, "spec.dnsConfig.options[0].name",
    "has no name" },
  { "V227", SPEC (MEMORY, ", serviceAccountName: A_B"), BV_REASON_INVALID,
    "spec.serviceAccountName", "cannot be the name" },
  { "V228",
    SPEC (MEMORY, ", serviceAccountName: a, "
                  "volumes: [{name: v, serviceAccount: {serviceAccountName: b}}]"),
    BV_REASON_INVALID, "spec.serviceAccountName", "a guest has one account" },
};

static const Rule warnings[] = {
  { "affinity", SPEC (MEMORY, ", affinity: {nodeAffinity: {}}"), BV_REASON_NOT_SUPPORTED,
    "spec.affinity", "not applied on a host" },
  { "node-selector", SPEC (MEMORY, ", nodeSelector: {a: b}"), BV_REASON_NOT_SUPPORTED,
    "spec.nodeSelector", "not applied on a host" },
  { "tolerations", SPEC (MEMORY, ", tolerations: [{operator: Exists}]"), BV_REASON_NOT_SUPPORTED,
    "spec.tolerations", "not applied on a host" },
  { "topology", SPEC (MEMORY, ", topologySpreadConstraints: [{maxSkew: 1}]"),
    BV_REASON_NOT_SUPPORTED, "spec.topologySpreadConstraints", "not applied on a host" },
  { "scheduler", SPEC (MEMORY, ", schedulerName: x"), BV_REASON_NOT_SUPPORTED, "spec.schedulerName",
    "not applied on a host" },
  { "priority", SPEC (MEMORY, ", priorityClassName: x"), BV_REASON_NOT_SUPPORTED,
    "spec.priorityClassName", "not applied on a host" },
  { "service-account", SPEC (MEMORY, ", serviceAccountName: a"), BV_REASON_NOT_SUPPORTED,
    "spec.serviceAccountName", "not applied" },
  { "template-scheduler", VM ("name: a", "", "schedulerName: x, domain: {" MEMORY "devices: {}}"),
    BV_REASON_NOT_SUPPORTED, "spec.template.spec.schedulerName", "not applied on a host" },
  { "two-clocks", DOMAIN ("clock: {utc: {}, timezone: UTC},"), BV_REASON_NOT_SUPPORTED,
    "spec.domain.clock.timezone", "not used" },
  { "mask", NULL,
    HEAD "spec: {domain: {memory: {guest: 1Gi, hugepages: {pageSize: 2Mi}}, cpu: "
         "{dedicatedCpuPlacement: true, cores: 4, numa: {guestMappingPassthrough: {}}, realtime: "
         "{mask: 0-15}}, devices: {}}}\n",
    BV_REASON_NOT_SUPPORTED, "spec.domain.cpu.realtime.mask", "only 0 to" },
  { "alias-characters", "watchdog: {name: a.b, i6300esb: {}}", "", BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.watchdog.name", "will not be called “a.b”" },
  { "lone-autoattach", "autoattachInputDevice: true", "", BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.autoattachInputDevice", "list one in inputs" },
};

/* Rules that a gate lifts, for what is on by default. */
static const Rule default_gates[] = {
  { "V163", "disks: [{name: c, cdrom: {bus: sata}}]", "" },
  { "V235", SECURITY ("sev: {}", EFI) },
  { "V249", DOMAIN ("rebootPolicy: Terminate,") },
};

/* The same with all gates off. */
static const Rule gate_rules[] = {
  { "V163", "disks: [{name: c, cdrom: {bus: sata}}]", "", BV_REASON_INVALID,
    "spec.domain.devices.disks[0].name", "DeclarativeHotplugVolumes" },
  { "V235-sev", SECURITY ("sev: {}", EFI), BV_REASON_INVALID, "spec.domain.launchSecurity.sev",
    "WorkloadEncryptionSEV" },
  { "V249", DOMAIN ("rebootPolicy: Terminate,"), BV_REASON_INVALID, "spec.domain.rebootPolicy",
    "RebootPolicy" },
};

/* Where changes wait for a restart, a limit does not follow the guest. */
static const Rule staged_rules[] = {
  { "guest-above-limit", DOMAIN ("resources: {limits: {memory: 64Mi}},"), BV_REASON_INVALID,
    "spec.domain.memory.guest", "above the limit 64Mi" },
};

/* What looks odd and is right. */
static const Rule accepted[] = {
  { "label-values", NAMED ("name: a.b-c, labels: {app: '', a/B_c.d: 9.x-Y}") },
  { "annotation-prefix-capitals", NAMED ("name: a, annotations: {Example.org/a: b}") },
  { "limit-is-memory", RESOURCES ("limits: {memory: 1Gi}") },
  { "guest-above-limit", DOMAIN ("resources: {limits: {memory: 64Mi}},") },
  { "zone", DOMAIN ("clock: {timezone: Europe/Vienna},") },
  { "mask", NULL,
    HEAD "spec: {domain: {memory: {guest: 1Gi, hugepages: {pageSize: 2Mi}}, cpu: "
         "{dedicatedCpuPlacement: true, cores: 4, numa: {guestMappingPassthrough: {}}, realtime: "
         "{mask: '0-3, ^1'}}, devices: {}}}\n" },
  { "blanks-around-an-amount", NULL,
    HEAD "spec: {domain: {memory: {guest: ' 1Gi '}, devices: {}}}\n" },
  { "empty-policy", DOMAIN ("cpu: {features: [{name: vmx, policy: ''}]},") },
  { "secure-execution", SPEC (MEMORY "launchSecurity: {},", ON ("s390x")) },
  { "empty-drive", "disks: [{name: c, cdrom: {bus: sata}}]", "" },
  { "uuid-without-dashes", DOMAIN ("firmware: {uuid: 5d307ca9b3ef428c886106e72d69f223},") },
  { "sriov-shares-a-name", "interfaces: [{name: a, sriov: {}}], inputs: [{name: a, type: tablet}]",
    ", networks: [{name: a, multus: {networkName: x}}]" },
};

int
main (int argc, char **argv)
{
  static const char *const all_off[] = { "-DeclarativeHotplugVolumes", "-RebootPolicy",
                                         "-WorkloadEncryptionSEV", NULL };
  static const char *const staged[] = { "vm-rollout-strategy=Stage", NULL };
  static const char *const gates[] = { "DownwardMetrics", "ContainerPathVolumes", NULL };

  g_test_init (&argc, &argv, NULL);
  add_rules ("/admit/metadata/", metadata_rules, G_N_ELEMENTS (metadata_rules));
  add_rules ("/admit/architecture/", architecture_rules, G_N_ELEMENTS (architecture_rules));
  add_rules ("/admit/hyperv/", hyperv_rules, G_N_ELEMENTS (hyperv_rules));
  add_rules ("/admit/guest/", guest_rules, G_N_ELEMENTS (guest_rules));
  add_rules ("/admit/memory/", memory_rules, G_N_ELEMENTS (memory_rules));
  add_rules ("/admit/cpu/", cpu_rules, G_N_ELEMENTS (cpu_rules));
  add_rules ("/admit/firmware/", firmware_rules, G_N_ELEMENTS (firmware_rules));
  add_rules ("/admit/security/", security_rules, G_N_ELEMENTS (security_rules));
  add_gated_rules ("/admit/pairing/", pairing_rules, G_N_ELEMENTS (pairing_rules), gates);
  add_rules ("/admit/device/", device_rules, G_N_ELEMENTS (device_rules));
  add_rules ("/admit/credential/", credential_rules, G_N_ELEMENTS (credential_rules));
  add_rules ("/admit/dns/", dns_rules, G_N_ELEMENTS (dns_rules));
  add_warnings ("/admit/warning/", warnings, G_N_ELEMENTS (warnings));
  add_accepted ("/admit/accepted/", accepted, G_N_ELEMENTS (accepted));
  add_gated_rules ("/admit/staged/", staged_rules, G_N_ELEMENTS (staged_rules), staged);
  add_gated_rules ("/admit/gate-off/", gate_rules, G_N_ELEMENTS (gate_rules), all_off);
  add_accepted ("/admit/gate-on/", default_gates, G_N_ELEMENTS (default_gates));
  return g_test_run ();
}
