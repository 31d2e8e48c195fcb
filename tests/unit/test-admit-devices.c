/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit-rules.h"

#include "admit/bv-admit.h"
#include "model/bv-manifest.h"

#include <string.h>

/* One row a rule, by the rule's number in KubeVirt (V070) or by a word where the rule is ours. */

#define POD ", networks: [{name: a, pod: {}}]"
#define MULTUS ", networks: [{name: a, multus: {networkName: lan}}]"
#define INTERFACE(more) "interfaces: [{name: a, masquerade: {}, " more "}]"

static const Rule network_rules[] = {
  { "V070", "interfaces: [{name: a, masquerade: {}}, {name: b, masquerade: {}}]",
    ", networks: [{name: a, pod: {}}, {name: b, pod: {}}]", BV_REASON_DUPLICATE,
    "spec.domain.devices.interfaces[1].name", "networks[0] is the pod network already" },
  { "V071", "interfaces: [{name: a, bridge: {}}, {name: b, bridge: {}}]",
    ", networks: [{name: a, multus: {networkName: x, default: true}}, {name: b, multus: "
    "{networkName: y, default: true}}]",
    BV_REASON_INVALID, "spec.networks[1].multus.default", "only one can be" },
  { "V072", "interfaces: [{name: a, masquerade: {}}, {name: b, bridge: {}}]",
    ", networks: [{name: a, pod: {}}, {name: b, multus: {networkName: y, default: true}}]",
    BV_REASON_INVALID, "spec.networks[1].multus.default", "takes the place of the pod network" },
  { "V073", "interfaces: [{name: a, bridge: {}}]", ", networks: [{name: a}]", BV_REASON_REQUIRED,
    "spec.networks[0]", "does not say what it is" },
  { "V074", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, pod: {}, multus: {networkName: x}}]", BV_REASON_REQUIRED,
    "spec.networks[0]", "several things at once" },
  { "V075", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, multus: {networkName: ''}}]", BV_REASON_REQUIRED,
    "spec.networks[0].multus.networkName", "name a NetworkAttachmentDefinition" },
  { "V076", INTERFACE ("state: upp"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].state", "did you mean “up”" },
  { "V077", "interfaces: [{name: a, sriov: {}, state: down}]", MULTUS, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].state", "SR-IOV" },
  { "V078", INTERFACE ("state: absent"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].state", "binding bridge" },
  { "V079", "interfaces: [{name: a, bridge: {}, state: absent}]", POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].state", "default network" },
  { "V080-none", "interfaces: [{name: a}]", POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0]", "has no binding" },
  { "V080-two", INTERFACE ("bridge: {}"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0]", "has 2 bindings" },
  { "V081", INTERFACE (""), MULTUS, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].masquerade", "pod network only" },
  { "V082", INTERFACE ("macAddress: '02:00:00:00:00:00'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].macAddress", "the gateway behind masquerade" },
  { "V085", "interfaces: [{name: a, passtBinding: {}}]", MULTUS, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].passtBinding", "pod network only" },
  { "V086", "interfaces: [{name: a, slirp: {}}]", POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].slirp", "use masquerade" },
  { "V087", "interfaces: [{name: a, passt: {}}]", POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].passt", "use passtBinding" },
  { "V088", "interfaces: [{name: a, macvtap: {}}]", MULTUS, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].macvtap", "multus network" },
  { "V089", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, pod: {}}, {name: a, multus: {networkName: x}}]", BV_REASON_DUPLICATE,
    "spec.networks[1].name", "networks[0] is called “a” already" },
  { "V090", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, pod: {}}, {name: b, multus: {networkName: x}}]", BV_REASON_REQUIRED,
    "spec.networks[1].name", "No interface is called “b”" },
  { "V091", "interfaces: [{name: a, bridge: {}}, {name: a, bridge: {}}]", POD, BV_REASON_DUPLICATE,
    "spec.domain.devices.interfaces[1].name", "interfaces[0] is plugged into" },
  { "V092", "interfaces: [{name: b, bridge: {}}]", "", BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].name", "No network is called “b”" },
  { "V093", "interfaces: [{name: a.b, bridge: {}}]", ", networks: [{name: a.b, pod: {}}]",
    BV_REASON_INVALID, "spec.domain.devices.interfaces[0].name", "no name for an interface" },
  { "V094", INTERFACE ("model: virtoi"), POD, BV_REASON_NOT_SUPPORTED,
    "spec.domain.devices.interfaces[0].model", "did you mean “virtio”" },
  { "V095-malformed", INTERFACE ("macAddress: 'de:ad:00:00:be'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].macAddress", "no MAC address" },
  { "V095-long", INTERFACE ("macAddress: '02:00:5e:10:00:00:00:01'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].macAddress", "six bytes" },
  { "multicast", INTERFACE ("macAddress: 03-00-00-00-00-01"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].macAddress", "multicast" },
  { "V096", INTERFACE ("pciAddress: '00:81:01.0'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].pciAddress", "like 0000:81:01.0" },
  { "pci-slot", INTERFACE ("pciAddress: '0000:81:20.0'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].pciAddress", "00 to 1f" },
  { "pci-host-bridge", INTERFACE ("pciAddress: '0000:00:00.1'"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].pciAddress", "host bridge" },
  { "pci-twice",
    INTERFACE ("pciAddress: '0000:0A:01.0'") ", disks: [{name: d, disk: {bus: virtio, pciAddress: "
                                             "'0000:0a:01.0'}}]",
    POD ", volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]", BV_REASON_DUPLICATE,
    "spec.domain.devices.interfaces[0].pciAddress",
    "spec.domain.devices.disks[0].disk.pciAddress" },
  { "V097", INTERFACE ("ports: [{name: x, port: 1}, {name: x, port: 2}]"), POD, BV_REASON_DUPLICATE,
    "spec.domain.devices.interfaces[0].ports[1].name", "ports[0] is called" },
  { "V098", INTERFACE ("ports: [{name: 'X_', port: 1}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].ports[0].name", "no name for a port" },
  { "V099", INTERFACE ("ports: [{port: 0}]"), POD, BV_REASON_REQUIRED,
    "spec.domain.devices.interfaces[0].ports[0].port", "The port is 0" },
  { "V100", INTERFACE ("ports: [{port: 65536}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].ports[0].port", "65536 is no port" },
  { "V101", INTERFACE ("ports: [{port: 1, protocol: TPC}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].ports[0].protocol", "did you mean “TCP”" },
  { "V102", INTERFACE ("portRanges: [{protocol: TCP, start: 1, end: 2}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].portRanges", "feature gate PortRangesSpec" },
  { "V106", INTERFACE ("portRanges: [{protocol: SCTP, start: 1, end: 2}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].portRanges[0].protocol", "TCP, UDP" },
  { "V106-empty", INTERFACE ("portRanges: [{protocol: '', start: 1, end: 2}]"), POD,
    BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges[0].protocol", "TCP or UDP" },
  { "V107", INTERFACE ("portRanges: [{protocol: TCP, start: 0, end: 2}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].portRanges[0].start", "from 1 to 65535" },
  { "V108", INTERFACE ("portRanges: [{protocol: TCP, start: 1, end: 70000}]"), POD,
    BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges[0].end", "from 1 to 65535" },
  { "V109", INTERFACE ("portRanges: [{protocol: TCP, start: 5, end: 2}]"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].portRanges[0].start", "above its end" },
  { "V110",
    INTERFACE ("portRanges: [{protocol: TCP, start: 5, end: 9}, {protocol: TCP, start: 1, end: "
               "5}]"),
    POD, BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges[1]",
    "overlaps portRanges[0]" },
  { "V111",
    INTERFACE ("dhcpOptions: {privateOptions: [{option: 240, value: x}, {option: 240, "
               "value: y}]}"),
    POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].dhcpOptions.privateOptions[1].option", "set it once" },
  { "V112", INTERFACE ("dhcpOptions: {privateOptions: [{option: 12, value: x}]}"), POD,
    BV_REASON_INVALID, "spec.domain.devices.interfaces[0].dhcpOptions.privateOptions[0].option",
    "224 to 254" },
  { "V113", INTERFACE ("dhcpOptions: {ntpServers: [10.0.0.1, 'fd00::1']}"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].dhcpOptions.ntpServers[1]", "no IPv4 address" },
  { "acpi-index-twice",
    "interfaces: [{name: a, bridge: {}, acpiIndex: 3}, {name: b, bridge: {}, acpiIndex: 3}]",
    ", networks: [{name: a, pod: {}}, {name: b, multus: {networkName: x}}]", BV_REASON_DUPLICATE,
    "spec.domain.devices.interfaces[1].acpiIndex", "interfaces[0] has the ACPI index 3" },
  { "acpi-index-range", INTERFACE ("acpiIndex: 16384"), POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].acpiIndex", "from 1 to 16383" },
  { "cidr", INTERFACE (""), ", networks: [{name: a, pod: {vmNetworkCIDR: 10.0.2.0}}]",
    BV_REASON_INVALID, "spec.networks[0].pod.vmNetworkCIDR", "like 10.0.2.0/24" },
  { "cidr-family", INTERFACE (""), ", networks: [{name: a, pod: {vmNetworkCIDR: 'fd10::/64'}}]",
    BV_REASON_INVALID, "spec.networks[0].pod.vmNetworkCIDR", "must be an IPv4 one" },
  { "cidr-size", INTERFACE (""), ", networks: [{name: a, pod: {vmNetworkCIDR: 10.0.2.0/31}}]",
    BV_REASON_INVALID, "spec.networks[0].pod.vmNetworkCIDR", "at most /30" },
  { "cidr-multicast", INTERFACE (""), ", networks: [{name: a, pod: {vmNetworkCIDR: 224.0.0.0/8}}]",
    BV_REASON_INVALID, "spec.networks[0].pod.vmNetworkCIDR", "no range that guests can have" },
  { "cidr-ipv6", INTERFACE (""), ", networks: [{name: a, pod: {vmIPv6NetworkCIDR: 'fd10::/127'}}]",
    BV_REASON_INVALID, "spec.networks[0].pod.vmIPv6NetworkCIDR", "at most /126" },
  { "multus-name", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, multus: {networkName: x/y/z}}]", BV_REASON_INVALID,
    "spec.networks[0].multus.networkName", "namespace/name" },
};

#define DISK(more) "disks: [{name: d, " more "}]"
#define EMPTY ", volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]"
#define CLAIM ", volumes: [{name: d, persistentVolumeClaim: {claimName: c}}]"
#define DISK_AT(below) "spec.domain.devices.disks[0]" below

static const Rule disk_rules[] = {
  { "V139", "disks: [{name: d, disk: {}}, {name: d, disk: {}}]", EMPTY, BV_REASON_INVALID,
    "spec.domain.devices.disks[1].name", "disks[0] is called “d” already" },
  { "V140", DISK ("disk: {}, cdrom: {}"), EMPTY, BV_REASON_INVALID, DISK_AT (""),
    "keep one of disk, cdrom and lun" },
  { "V141", DISK ("disk: {bus: scsi, pciAddress: '0000:81:01.0'}"), EMPTY, BV_REASON_INVALID,
    DISK_AT (".disk.pciAddress"), "on the virtio bus" },
  { "V142", DISK ("disk: {bus: virtio, pciAddress: '0000:81:01:0'}"), EMPTY, BV_REASON_INVALID,
    DISK_AT (".disk.pciAddress"), "no PCI address" },
  { "V143", DISK ("bootOrder: 0, disk: {}"), EMPTY, BV_REASON_INVALID, DISK_AT (".bootOrder"),
    "counts from 1" },
  { "V144", DISK ("disk: {bus: ide}"), EMPTY, BV_REASON_INVALID, DISK_AT (".disk.bus"),
    "not one of virtio, sata, scsi, usb" },
  { "V145", DISK ("cdrom: {bus: virtio}"), EMPTY, BV_REASON_INVALID, DISK_AT (".cdrom.bus"),
    "no CD-ROM drive on the virtio bus" },
  { "V146", DISK ("disk: {bus: sata, readonly: true}"), EMPTY, BV_REASON_INVALID,
    DISK_AT (".disk.bus"), "cannot be read-only" },
  { "V146-defaulted", DISK ("disk: {readonly: true}"), EMPTY, BV_REASON_INVALID, DISK_AT (".disk"),
    "cannot be read-only" },
  { "V147", DISK ("lun: {bus: virtoi}"), CLAIM, BV_REASON_INVALID, DISK_AT (".lun.bus"),
    "did you mean “virtio”" },
  { "V148", DISK ("dedicatedIOThread: true, disk: {bus: sata}"), EMPTY, BV_REASON_NOT_SUPPORTED,
    DISK_AT (".dedicatedIOThread"), "use the bus virtio" },
  { "V149", DISK ("serial: a b, disk: {}"), EMPTY, BV_REASON_INVALID, DISK_AT (".serial"),
    "letters, digits and _ . + -" },
  { "V150",
    DISK ("serial: "
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaa"
          ", disk: {}"),
    EMPTY, BV_REASON_INVALID, DISK_AT (".serial"), "at most 256" },
  { "V151", DISK ("cache: writebak, disk: {}"), EMPTY, BV_REASON_INVALID, DISK_AT (".cache"),
    "did you mean “writeback”" },
  { "V152", DISK ("io: thread, disk: {}"), EMPTY, BV_REASON_NOT_SUPPORTED, DISK_AT (".io"),
    "did you mean “threads”" },
  { "V153", DISK ("errorPolicy: explode, disk: {}"), EMPTY, BV_REASON_INVALID,
    DISK_AT (".errorPolicy"), "stop, ignore, report, enospace" },
  { "V154", "disks: [{name: D_1, disk: {}}]", ", volumes: [{name: D_1, emptyDisk: {capacity: 1}}]",
    BV_REASON_INVALID, DISK_AT (".name"), "no name for a disk" },
  { "V154-defaulted", "", ", volumes: [{name: D_1, emptyDisk: {capacity: 1}}]", BV_REASON_INVALID,
    "spec.volumes[0].name", "no name for a disk" },
  { "volume-name", "filesystems: [{name: D_1, virtiofs: {}}]",
    ", volumes: [{name: D_1, configMap: {name: c}}]", BV_REASON_INVALID, "spec.volumes[0].name",
    "no name for a volume" },
  { "V155", DISK ("blockSize: {custom: {logical: 512, physical: 512}, matchVolume: {}}, disk: {}"),
    EMPTY, BV_REASON_INVALID, DISK_AT (".blockSize"), "custom and matchVolume" },
  { "V156", DISK ("blockSize: {custom: {logical: 1024, physical: 512}}, disk: {bus: virtio}"),
    EMPTY, BV_REASON_INVALID, DISK_AT (".blockSize.custom.logical"), "above the physical one" },
  { "V157", DISK ("blockSize: {custom: {logical: 4096, physical: 4096}}, disk: {bus: sata}"), EMPTY,
    BV_REASON_INVALID, DISK_AT (".blockSize.custom.logical"), "blocks of 512 bytes" },
  { "V158",
    DISK ("blockSize: {custom: {logical: 512, physical: 512, discardGranularity: 700}}, disk: {}"),
    EMPTY, BV_REASON_INVALID, DISK_AT (".blockSize.custom.discardGranularity"), "no multiple" },
  { "V159", DISK ("blockSize: {custom: {logical: 256, physical: 512}}, disk: {}"), EMPTY,
    BV_REASON_INVALID, DISK_AT (".blockSize.custom.logical"), "power of two from 512" },
  { "V160", DISK ("blockSize: {custom: {logical: 512, physical: 4194304}}, disk: {}"), EMPTY,
    BV_REASON_INVALID, DISK_AT (".blockSize.custom.physical"), "to 2097152" },
  { "V161", DISK ("blockSize: {custom: {logical: 512, physical: 1000}}, disk: {}"), EMPTY,
    BV_REASON_INVALID, DISK_AT (".blockSize.custom.physical"), "power of two" },
  { "control-character", DISK ("tag: \"a\\u0001b\", disk: {}"), EMPTY, BV_REASON_INVALID,
    DISK_AT (".tag"), "control character" },
  { "no-character", DISK ("tag: \"\\uFFFE\", disk: {}"), EMPTY, BV_REASON_INVALID, DISK_AT (".tag"),
    "control character" },
  { "shareable-cached", DISK ("shareable: true, cache: writeback, disk: {bus: virtio}"), CLAIM,
    BV_REASON_INVALID, DISK_AT (".cache"), "cache: none" },
  { "error-policy-empty", DISK ("errorPolicy: '', disk: {bus: virtio}"), CLAIM, BV_REASON_INVALID,
    DISK_AT (".errorPolicy"), "error policy is empty" },
  { "memory-dump-disk", DISK ("disk: {}"), ", volumes: [{name: d, memoryDump: {claimName: c}}]",
    BV_REASON_INVALID, DISK_AT (".name"), "dumps of the guest's memory" },
  { "filesystem-of-nothing", "filesystems: [{name: f, virtiofs: {}}]", "", BV_REASON_INVALID,
    "spec.domain.devices.filesystems[0].name", "No volume is called “f”" },
  { "filesystem-twice", "filesystems: [{name: f, virtiofs: {}}, {name: f, virtiofs: {}}]",
    ", volumes: [{name: f, configMap: {name: c}}]", BV_REASON_DUPLICATE,
    "spec.domain.devices.filesystems[1].name", "filesystems[0] is called" },
  { "filesystem-tag",
    "filesystems: [{name: a-name-that-is-longer-than-the-36-bytes-of-a-tag, virtiofs: {}}]",
    ", volumes: [{name: a-name-that-is-longer-than-the-36-bytes-of-a-tag, configMap: {name: c}}]",
    BV_REASON_INVALID, "spec.domain.devices.filesystems[0].name", "36 bytes" },
};

static const Rule disk_warnings[] = {
  { "lun-bus", DISK ("lun: {bus: sata}"), CLAIM, BV_REASON_NOT_SUPPORTED, DISK_AT (".lun"),
    "add bus: scsi" },
  { "native-cached", DISK ("io: native, cache: writeback, disk: {}"), EMPTY,
    BV_REASON_NOT_SUPPORTED, DISK_AT (".io"), "io: threads" },
  { "serial-cut", DISK ("serial: aaaaaaaaaaaaaaaaaaaaa, disk: {bus: virtio}"), EMPTY,
    BV_REASON_NOT_SUPPORTED, DISK_AT (".serial"), "the first 20" },
  { "resource-claims", "", ", resourceClaims: [{name: c, resourceClaimName: x}]",
    BV_REASON_NOT_SUPPORTED, "spec.resourceClaims", "does not start on this host" },
};

#define CLAIMS ", resourceClaims: [{name: c, resourceClaimName: x}]"

static const Rule claim_rules[] = {
  { "V114", "interfaces: [{name: a, sriov: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: c, requestName: r}}]" CLAIMS,
    BV_REASON_INVALID, "spec.networks[0].resourceClaim", "gate NetworkDevicesWithDRA" },
  { "V116", "interfaces: [{name: a, sriov: {}}]",
    ", networks: [{name: a, resourceClaim: {requestName: r}}]" CLAIMS, BV_REASON_REQUIRED,
    "spec.networks[0].resourceClaim.claimName", "needs claimName" },
  { "V117", "interfaces: [{name: a, sriov: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: c}}]" CLAIMS, BV_REASON_REQUIRED,
    "spec.networks[0].resourceClaim.requestName", "needs requestName" },
  { "V118", "interfaces: [{name: a, sriov: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: d, requestName: r}}]" CLAIMS,
    BV_REASON_NOT_FOUND, "spec.networks[0].resourceClaim.claimName", "No claim is called “d”" },
  { "V119", "interfaces: [{name: a, sriov: {}}, {name: b, sriov: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: c, requestName: r}}, {name: b, "
    "resourceClaim: {claimName: c, requestName: r}}]" CLAIMS,
    BV_REASON_DUPLICATE, "spec.networks[1]", "“c/r” is taken by spec.networks[0]" },
  { "V121", "", ", resourceClaims: [{name: '', resourceClaimName: x}]", BV_REASON_REQUIRED,
    "spec.resourceClaims[0].name", "The name is empty" },
  { "V122", "",
    ", resourceClaims: [{name: c, resourceClaimName: x}, {name: c, resourceClaimName: z}]",
    BV_REASON_DUPLICATE, "spec.resourceClaims[1].name", "called “c” already" },
  { "V123", "", ", resourceClaims: [{name: C, resourceClaimName: x}]", BV_REASON_INVALID,
    "spec.resourceClaims[0].name", "no name for a claim" },
  { "V124", "", ", resourceClaims: [{name: c, resourceClaimName: x, resourceClaimTemplateName: z}]",
    BV_REASON_INVALID, "spec.resourceClaims[0]", "two sources" },
  { "V125", "", ", resourceClaims: [{name: c}]", BV_REASON_INVALID, "spec.resourceClaims[0]",
    "no source" },
  { "V126", "", ", resourceClaims: [{name: c, resourceClaimName: X_}]", BV_REASON_INVALID,
    "spec.resourceClaims[0].resourceClaimName", "name of an object" },
  { "V127", "", ", resourceClaims: [{name: c, resourceClaimTemplateName: X_}]", BV_REASON_INVALID,
    "spec.resourceClaims[0].resourceClaimTemplateName", "name of an object" },
  { "V128", "gpus: [{name: a, deviceName: x.org/y}, {name: b, claimName: c, requestName: r}]",
    CLAIMS, BV_REASON_INVALID, "spec.domain.devices.gpus[1]", "give all in one way" },
  { "V132", "gpus: [{name: a, requestName: r}]", CLAIMS, BV_REASON_REQUIRED,
    "spec.domain.devices.gpus[0].claimName", "needs claimName" },
  { "V133", "hostDevices: [{name: a, claimName: c}]", CLAIMS, BV_REASON_REQUIRED,
    "spec.domain.devices.hostDevices[0].requestName", "needs requestName" },
  { "V134",
    "gpus: [{name: a, claimName: c, requestName: r}, {name: b, claimName: c, requestName: r}]",
    CLAIMS, BV_REASON_DUPLICATE, "spec.domain.devices.gpus[1]",
    "taken by spec.domain.devices.gpus" },
  { "V135",
    "gpus: [{name: a, claimName: c, requestName: r}], hostDevices: [{name: b, claimName: c, "
    "requestName: r}]",
    CLAIMS, BV_REASON_DUPLICATE, "spec.domain.devices.hostDevices[0]",
    "taken by spec.domain.devices.gpus[0]" },
  { "V136", "gpus: [{name: a}]", "", BV_REASON_REQUIRED, "spec.domain.devices.gpus[0]",
    "add deviceName" },
  { "V137", "gpus: [{name: a, deviceName: x.org/y, claimName: c, requestName: r}]", CLAIMS,
    BV_REASON_INVALID, "spec.domain.devices.gpus[0]", "given twice" },
  { "V138", "gpus: [{name: a, claimName: c, requestName: r}]", "", BV_REASON_INVALID,
    "spec.resourceClaims", "domain.devices.gpus[0] names" },
};

#define VOLUME(source) ", volumes: [{name: d, " source "}]"
#define LONG_TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG_TEXT_512                                                                              \
  LONG_TEXT_64 LONG_TEXT_64 LONG_TEXT_64 LONG_TEXT_64 LONG_TEXT_64 LONG_TEXT_64 LONG_TEXT_64       \
      LONG_TEXT_64
#define LONG_TEXT_2049 LONG_TEXT_512 LONG_TEXT_512 LONG_TEXT_512 LONG_TEXT_512 "0"

static const Rule volume_rules[] = {
  { "V186", "", ", volumes: [{name: d, configMap: {name: c}}, {name: d, configMap: {name: c}}]",
    BV_REASON_INVALID, "spec.volumes[1].name", "volumes[0] is called “d” already" },
  { "V187-none", "", ", volumes: [{name: d}]", BV_REASON_INVALID, "spec.volumes[0]",
    "add one of containerDisk" },
  { "V187-two", "", VOLUME ("emptyDisk: {capacity: 1Gi}, configMap: {name: c}"), BV_REASON_INVALID,
    "spec.volumes[0]", "keep one of emptyDisk, configMap" },
  { "V188", "", VOLUME ("dataVolume: {name: ''}"), BV_REASON_REQUIRED,
    "spec.volumes[0].dataVolume.name", "name the DataVolume" },
  { "V189", "", VOLUME ("cloudInitNoCloud: {userDataBase64: '@@'}"), BV_REASON_INVALID,
    "spec.volumes[0].cloudInitNoCloud.userDataBase64", "base64 -w0" },
  { "V190", "", VOLUME ("cloudInitNoCloud: {userData: x, secretRef: {name: s}}"), BV_REASON_INVALID,
    "spec.volumes[0].cloudInitNoCloud", "user data is given more than once" },
  { "V191", "", VOLUME ("cloudInitNoCloud: {userData: " LONG_TEXT_2049 "}"), BV_REASON_INVALID,
    "spec.volumes[0].cloudInitNoCloud.userData", "has 2049 bytes; at most 2048" },
  { "V192", "", VOLUME ("cloudInitConfigDrive: {networkDataBase64: 'eA'}"), BV_REASON_INVALID,
    "spec.volumes[0].cloudInitConfigDrive.networkDataBase64", "base64 -w0" },
  { "V193", "", VOLUME ("cloudInitConfigDrive: {networkData: x, networkDataBase64: eA==}"),
    BV_REASON_INVALID, "spec.volumes[0].cloudInitConfigDrive", "network data is given more than" },
  { "V194", "", VOLUME ("cloudInitConfigDrive: {networkData: " LONG_TEXT_2049 "}"),
    BV_REASON_INVALID, "spec.volumes[0].cloudInitConfigDrive.networkData", "networkDataSecretRef" },
  { "V195", "", VOLUME ("cloudInitNoCloud: {}"), BV_REASON_INVALID,
    "spec.volumes[0].cloudInitNoCloud", "nothing for cloud-init to do" },
  { "V196", "", VOLUME ("downwardMetrics: {}"), BV_REASON_INVALID,
    "spec.volumes[0].downwardMetrics", "feature gate DownwardMetrics" },
  { "V197", "", VOLUME ("hostDisk: {path: /x/y, type: Disk}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk", "feature gate HostDisk" },
  { "V198", "", VOLUME ("hostDisk: {path: '', type: Disk}"), BV_REASON_NOT_FOUND,
    "spec.volumes[0].hostDisk.path", "The path is empty" },
  { "V199", "", VOLUME ("hostDisk: {path: /x/y, type: Disc}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.type", "did you mean “Disk”" },
  { "V199-empty", "", VOLUME ("hostDisk: {path: /x/y, type: ''}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.type", "Disk or DiskOrCreate" },
  { "V200", "", VOLUME ("hostDisk: {path: /x/y, type: Disk, capacity: 1Gi}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.capacity", "type: DiskOrCreate" },
  { "hostdisk-relative", "", VOLUME ("hostDisk: {path: x/y, type: Disk}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.path", "no absolute path" },
  { "hostdisk-dots", "", VOLUME ("hostDisk: {path: /x/../y, type: Disk}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.path", "“..”" },
  { "hostdisk-folder", "", VOLUME ("hostDisk: {path: /x/, type: Disk}"), BV_REASON_INVALID,
    "spec.volumes[0].hostDisk.path", "is a folder" },
  { "hostdisk-negative", "", VOLUME ("hostDisk: {path: /x, type: DiskOrCreate, capacity: -1Gi}"),
    BV_REASON_INVALID, "spec.volumes[0].hostDisk.capacity", "-1Gi is negative" },
  { "V201", "", VOLUME ("configMap: {}"), BV_REASON_INVALID, "spec.volumes[0].configMap.name",
    "name the ConfigMap" },
  { "V202", "", VOLUME ("secret: {secretName: ''}"), BV_REASON_INVALID,
    "spec.volumes[0].secret.secretName", "name the Secret" },
  { "V203", "", VOLUME ("serviceAccount: {}"), BV_REASON_INVALID,
    "spec.volumes[0].serviceAccount.serviceAccountName", "name the ServiceAccount" },
  { "V204", "",
    ", volumes: [{name: a, serviceAccount: {serviceAccountName: x}}, {name: b, serviceAccount: "
    "{serviceAccountName: x}}]",
    BV_REASON_INVALID, "spec.volumes[1].serviceAccount", "volumes[0] is a serviceAccount" },
  { "V206", "",
    ", volumes: [{name: a, memoryDump: {claimName: x}}, {name: b, memoryDump: {claimName: z}}]",
    BV_REASON_INVALID, "spec.volumes[1].memoryDump", "volumes[0] is a memoryDump" },
  { "V207", "", VOLUME ("containerDisk: {image: x, path: /}"), BV_REASON_INVALID,
    "spec.volumes[0].containerDisk.path", "is the root" },
  { "V208", "", VOLUME ("containerDisk: {image: x, path: disk/a.img}"), BV_REASON_INVALID,
    "spec.volumes[0].containerDisk.path", "no absolute path" },
  { "V209", "", ", utilityVolumes: [{name: u, claimName: c}]", BV_REASON_INVALID,
    "spec.utilityVolumes", "remove them" },
  { "image-empty", "", VOLUME ("containerDisk: {image: ''}"), BV_REASON_REQUIRED,
    "spec.volumes[0].containerDisk.image", "The image is empty" },
  { "empty-disk-zero", "", VOLUME ("emptyDisk: {capacity: 0}"), BV_REASON_INVALID,
    "spec.volumes[0].emptyDisk.capacity", "no room at all" },
  { "claim-empty", "", VOLUME ("persistentVolumeClaim: {claimName: ''}"), BV_REASON_REQUIRED,
    "spec.volumes[0].persistentVolumeClaim.claimName", "name the PersistentVolumeClaim" },
  { "claim-name", "", VOLUME ("persistentVolumeClaim: {claimName: ../x}"), BV_REASON_INVALID,
    "spec.volumes[0].persistentVolumeClaim.claimName", "cannot be the name" },
  { "ephemeral-of-nothing", "", VOLUME ("ephemeral: {}"), BV_REASON_REQUIRED,
    "spec.volumes[0].ephemeral.persistentVolumeClaim", "the copy of a claim" },
  { "sysprep-none", "", VOLUME ("sysprep: {}"), BV_REASON_INVALID, "spec.volumes[0].sysprep",
    "no answer files" },
  { "sysprep-two", "", VOLUME ("sysprep: {configMap: {name: a}, secret: {name: b}}"),
    BV_REASON_INVALID, "spec.volumes[0].sysprep", "two places" },
  { "label-long", "", VOLUME ("configMap: {name: c, volumeLabel: " LONG_TEXT_64 "}"),
    BV_REASON_INVALID, "spec.volumes[0].configMap.volumeLabel", "32 characters" },
  { "container-path", "", VOLUME ("containerPath: {path: a/b}"), BV_REASON_INVALID,
    "spec.volumes[0].containerPath.path", "no absolute path" },
  { "container-path-writable", "", VOLUME ("containerPath: {path: /a, readOnly: false}"),
    BV_REASON_INVALID, "spec.volumes[0].containerPath.readOnly", "always read-only" },
  { "field-path", "",
    VOLUME ("downwardAPI: {fields: [{path: a, fieldRef: {fieldPath: "
            "metadata.label}}]}"),
    BV_REASON_NOT_SUPPORTED, "spec.volumes[0].downwardAPI.fields[0].fieldRef.fieldPath",
    "did you mean “metadata.labels”" },
  { "field-resource", "",
    VOLUME ("downwardAPI: {fields: [{path: a, resourceFieldRef: {resource: "
            "limits.gpu}}]}"),
    BV_REASON_NOT_SUPPORTED, "spec.volumes[0].downwardAPI.fields[0].resourceFieldRef.resource",
    "did you mean “limits.cpu”" },
  { "field-none", "", VOLUME ("downwardAPI: {fields: [{path: a}]}"), BV_REASON_INVALID,
    "spec.volumes[0].downwardAPI.fields[0]", "no contents" },
  { "field-file-path", "",
    VOLUME ("downwardAPI: {fields: [{path: ../a, fieldRef: {fieldPath: "
            "metadata.name}}]}"),
    BV_REASON_INVALID, "spec.volumes[0].downwardAPI.fields[0].path", "no relative path" },
  { "field-file-twice", "",
    VOLUME ("downwardAPI: {fields: [{path: a, fieldRef: {fieldPath: "
            "metadata.name}}, {path: a, fieldRef: {fieldPath: "
            "metadata.uid}}]}"),
    BV_REASON_DUPLICATE, "spec.volumes[0].downwardAPI.fields[1].path", "fields[0] has the path" },
};

/* Rules that are looked at only with a gate switched on. */
static const Rule gated_rules[] = {
  { "V205", "", ", volumes: [{name: a, downwardMetrics: {}}, {name: b, downwardMetrics: {}}]",
    BV_REASON_INVALID, "spec.volumes[1].downwardMetrics", "volumes[0] is a downwardMetrics" },
  { "V115", "interfaces: [{name: a, bridge: {}}, {name: b, sriov: {}}]",
    ", networks: [{name: a, multus: {networkName: x}}, {name: b, resourceClaim: {claimName: c, "
    "requestName: r}}]",
    BV_REASON_INVALID, "spec.networks[1].resourceClaim", "beside multus networks" },
  { "V120", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: c, requestName: r}}]", BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0]", "comes from a resource claim" },
  { "V103", INTERFACE ("ports: [{port: 1}], portRanges: [{protocol: TCP, start: 1, end: 2}]"), POD,
    BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges", "both given" },
  { "V104", "interfaces: [{name: a, bridge: {}, portRanges: [{protocol: TCP, start: 1, end: 2}]}]",
    POD, BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges", "masquerade only" },
  { "V105",
    INTERFACE (
        "portRanges: [{protocol: TCP, start: 1, end: 1}, {protocol: TCP, start: 2, end: 2}, "
        "{protocol: TCP, start: 3, end: 3}, {protocol: TCP, start: 4, end: 4}, {protocol: TCP, "
        "start: 5, end: 5}, {protocol: TCP, start: 6, end: 6}, {protocol: TCP, start: 7, end: 7}, "
        "{protocol: TCP, start: 8, end: 8}, {protocol: TCP, start: 9, end: 9}, {protocol: TCP, "
        "start: 10, end: 10}, {protocol: TCP, start: 11, end: 11}]"),
    POD, BV_REASON_INVALID, "spec.domain.devices.interfaces[0].portRanges", "at most 10" },
};

/* Features whose gate is on by default, and switched off here. */
static const Rule off_rules[] = {
  { "V084", "interfaces: [{name: a, passtBinding: {}}]", POD, BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0].passtBinding", "feature gate PasstBinding" },
  { "V130", "gpus: [{name: a, claimName: c, requestName: r}]", CLAIMS, BV_REASON_INVALID,
    "spec.domain.devices.gpus[0].claimName", "feature gate GPUsWithDRA" },
  { "V131", "hostDevices: [{name: a, claimName: c, requestName: r}]", CLAIMS, BV_REASON_INVALID,
    "spec.domain.devices.hostDevices[0].claimName", "feature gate HostDevicesWithDRA" },
};

/* What looks odd and is right. */
static const Rule accepted[] = {
  { "dashed-mac", INTERFACE ("macAddress: 02-00-00-5E-10-01"), POD },
  { "dotted-mac", INTERFACE ("macAddress: 0200.005e.1001"), POD },
  { "port-name-twice-off-pod",
    "interfaces: [{name: a, bridge: {}, ports: [{name: x, port: 0}, {name: x, port: 1}]}]",
    MULTUS },
  { "same-port-by-tcp-and-udp", INTERFACE ("ports: [{port: 53}, {port: 53, protocol: UDP}]"), POD },
  { "acpi-index-none", INTERFACE ("acpiIndex: 0"), POD },
  { "read-only-virtio", DISK ("disk: {bus: virtio, readonly: true}"), EMPTY },
  { "shareable-drive-cached", DISK ("shareable: true, cache: writethrough, cdrom: {bus: sata}"),
    CLAIM },
  { "labels-by-key", "",
    VOLUME ("downwardAPI: {fields: [{path: a/b, fieldRef: {fieldPath: "
            "\"metadata.labels['app']\"}}]}") },
  { "longest-user-data", "",
    VOLUME ("cloudInitNoCloud: {userData: " LONG_TEXT_512 LONG_TEXT_512 LONG_TEXT_512 LONG_TEXT_512
            "}") },
  { "namespaced-multus", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, multus: {networkName: lab/lan}}]" },
};

/* An object that was changed after it was read is judged as it is, not as its text was. */
static void
test_changed (void)
{
  static const char text[] =
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: guest}, spec: "
      "{domain: {memory: {guest: 128Mi}, chassis: {sku: a}, devices: {}}}}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "x", BV_MANIFEST_NONE);
  g_autoptr (BvObject) object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (GPtrArray) before = bv_object_admit (object, policy);
  g_autoptr (GPtrArray) after = NULL;

  g_assert_cmpuint (before->len, ==, 0);
  g_assert_true (bv_object_set_field (object, "spec.domain.chassis.sku",
                                      g_variant_new_string ("a\001"), NULL));
  after = bv_object_admit (object, policy);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpstr (bv_cause_get_field (after->pdata[0]), ==, "spec.domain.chassis.sku");
  g_assert_cmpuint (bv_cause_get_line (after->pdata[0]), ==, 0);
}

int
main (int argc, char **argv)
{
  static const char *const gates[] = { "PortRangesSpec", "NetworkDevicesWithDRA", "DownwardMetrics",
                                       NULL };
  static const char *const gates_off[] = { "-PasstBinding", "-GPUsWithDRA", "-HostDevicesWithDRA",
                                           NULL };

  g_test_init (&argc, &argv, NULL);
  add_rules ("/admit-devices/network/", network_rules, G_N_ELEMENTS (network_rules));
  add_rules ("/admit-devices/disk/", disk_rules, G_N_ELEMENTS (disk_rules));
  add_rules ("/admit-devices/claim/", claim_rules, G_N_ELEMENTS (claim_rules));
  add_rules ("/admit-devices/volume/", volume_rules, G_N_ELEMENTS (volume_rules));
  add_warnings ("/admit-devices/warning/", disk_warnings, G_N_ELEMENTS (disk_warnings));
  add_gated_rules ("/admit-devices/gated/", gated_rules, G_N_ELEMENTS (gated_rules), gates);
  add_gated_rules ("/admit-devices/gate-off/", off_rules, G_N_ELEMENTS (off_rules), gates_off);
  add_accepted ("/admit-devices/accepted/", accepted, G_N_ELEMENTS (accepted));
  g_test_add_func ("/admit-devices/changed", test_changed);
  return g_test_run ();
}
