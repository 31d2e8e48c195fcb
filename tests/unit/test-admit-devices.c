/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit-rules.h"

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
  { "V115", "interfaces: [{name: a, bridge: {}}, {name: b, sriov: {}}]",
    ", networks: [{name: a, multus: {networkName: x}}, {name: b, resourceClaim: {claimName: c, "
    "requestName: r}}]",
    BV_REASON_INVALID, "spec.networks[1].resourceClaim", "beside multus networks" },
  { "V120", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, resourceClaim: {claimName: c, requestName: r}}]", BV_REASON_INVALID,
    "spec.domain.devices.interfaces[0]", "comes from a resource claim" },
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

/* Rules that are looked at only with a gate switched on. */
static const Rule gated_rules[] = {
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

/* What looks odd and is right. */
static const Rule accepted[] = {
  { "dashed-mac", INTERFACE ("macAddress: 02-00-00-5E-10-01"), POD },
  { "dotted-mac", INTERFACE ("macAddress: 0200.005e.1001"), POD },
  { "port-name-twice-off-pod",
    "interfaces: [{name: a, bridge: {}, ports: [{name: x, port: 0}, {name: x, port: 1}]}]",
    MULTUS },
  { "same-port-by-tcp-and-udp", INTERFACE ("ports: [{port: 53}, {port: 53, protocol: UDP}]"), POD },
  { "acpi-index-none", INTERFACE ("acpiIndex: 0"), POD },
  { "namespaced-multus", "interfaces: [{name: a, bridge: {}}]",
    ", networks: [{name: a, multus: {networkName: lab/lan}}]" },
};

int
main (int argc, char **argv)
{
  static const char *const gates[] = { "PortRangesSpec", NULL };

  g_test_init (&argc, &argv, NULL);
  add_rules ("/admit-devices/network/", network_rules, G_N_ELEMENTS (network_rules));
  add_gated_rules ("/admit-devices/gated/", gated_rules, G_N_ELEMENTS (gated_rules), gates);
  add_accepted ("/admit-devices/accepted/", accepted, G_N_ELEMENTS (accepted));
  return g_test_run ();
}
