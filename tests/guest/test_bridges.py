# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks beside the pod network, as a cluster's users write them: two machines on one bridge."""
import json

import pytest

from lab import wait_until
from service import object_path

INSTANCE = "VirtualMachineInstance"

DEFINITION = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: NAME, namespace: lab}
spec:
  config: 'CONFIG'
"""

MACHINE = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: NAME, namespace: lab}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {guest: 128Mi}
    devices:
      disks: [{name: root, disk: {bus: virtio}}, {name: init, disk: {bus: virtio}}]
      interfaces:
      - {name: default, masquerade: {}}
      - {name: backend, bridge: {}, macAddress: "MAC"}
  networks:
  - {name: default, pod: {}}
  - {name: backend, multus: {networkName: NETWORK}}
  volumes:
  - {name: root, containerDisk: {image: "localhost:5000/barevirt/guest:1"}}
  - name: init
    cloudInitNoCloud:
      userData: "#!/bin/sh\\nip addr add ADDRESS/24 dev eth1; ip link set eth1 up\\n"
"""


def write(text, **values):
    for name, value in values.items():
        text = text.replace(name, value)
    return text + "---\n"


def define(name, **config):
    return write(DEFINITION, NAME=name, CONFIG=json.dumps({"cniVersion": "0.3.1", "name": name, **config}))


def machine(name, number, network):
    return write(MACHINE, NAME=name, MAC=f"02:00:00:5e:20:0{number}", ADDRESS=f"10.55.0.{number}", NETWORK=network)


def path(name):
    return object_path(INSTANCE, name, "lab")


def wait_for_agent(service, *names):
    for name in names:
        service.wait_for_property(path(name), "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)


def in_guest(service, name, command):
    return service.host.in_guest(f"lab_{name}", command).strip()


def reaches(service, name, address):
    return "1 packets received" in in_guest(service, name, f"ping -c 1 -W 2 {address} || true")


def delete(service, *names):
    for name in names:
        service.call(path(name), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: not {path(name) for name in names} & set(service.objects()), 60, f"the end of {names}")


@pytest.fixture(scope="module", name="machines")
def fixture_machines(service, registry):
    service.apply(
        machine("left", 1, "backend") + machine("right", 2, "lab/backend")
        + define("backend", type="bridge", bridge="br-backend", ipam={})
    )
    wait_for_agent(service, "left", "right")
    return service


def test_machines_on_one_bridge_reach_each_other(machines):
    wait_until(lambda: reaches(machines, "left", "10.55.0.2"), 60, "right from left")
    wait_until(lambda: reaches(machines, "right", "10.55.0.1"), 60, "left from right")


def test_pod_network_is_there_beside_it(machines):
    wait_until(lambda: reaches(machines, "left", "10.0.2.1"), 60, "the host from left")


def test_link_can_be_down_from_the_start(machines):
    machines.apply(machine("cut", 3, "backend").replace("bridge: {}, ", "bridge: {}, state: down, "))
    wait_for_agent(machines, "cut")
    machines.host.wait_in_guest("lab_cut", "cat /sys/class/net/eth1/carrier", "0")
    backend = path("cut") + "/interface/backend"
    machines.wait_for_property(backend, "Interface", "LinkState", lambda state: state == "down")
    machines.wait_for_property(backend, "Interface", "InfoSource", lambda sources: "multus-status" in sources)
    delete(machines, "cut")


def test_bridge_ends_with_its_last_guest(machines):
    delete(machines, "left")
    assert machines.host.run("ip", "link", "show", "br-backend").stdout
    delete(machines, "right")
    wait_until(lambda: machines.host.run("ip", "link", "show", "br-backend", check=False).returncode, 60, "the bridge's end")
    wait_until(lambda: "barevirt" not in machines.host.run("nft", "list", "tables").stdout, 60, "the end of its rules")


def test_bridge_of_the_host_is_used_and_stays(machines):
    """With macspoofchk a guest is held to its MAC address."""
    machines.host.run("ip", "link", "add", "br0", "type", "bridge")
    machines.host.run("ip", "link", "set", "br0", "up")
    machines.apply(define("lan", type="bridge", bridge="br0", macspoofchk=True) + machine("one", 1, "lan")
                   + machine("two", 2, "lan"))
    wait_for_agent(machines, "one", "two")
    wait_until(lambda: reaches(machines, "one", "10.55.0.2"), 60, "two from one")
    in_guest(machines, "one", "ip link set eth1 down; ip link set eth1 address 02:00:00:5e:20:09; ip link set eth1 up")
    assert not reaches(machines, "one", "10.55.0.2")
    delete(machines, "one", "two")
    assert machines.host.run("ip", "link", "show", "br0").stdout


UDEV = """\
ip -o monitor link | while read -r line; do
  for tap in /sys/class/net/macvtap*/tap*; do
    [ -e "$tap/dev" ] && [ ! -e "/dev/${tap##*/}" ] && mknod "/dev/${tap##*/}" c $(tr : ' ' <"$tap/dev")
  done
done
"""


def test_macvtap_on_a_device_of_the_host(machines):
    """Two machines on one device of the host. The hosts of these tests have no udev: the nodes are made for it."""
    machines.host.run("sh", "-c", "ip link add uplink type veth peer name wall; ip link set wall up; ip link set uplink up")
    udev = machines.host.popen("setsid", "sh", "-c", UDEV)
    try:
        machines.apply(define("direct", type="macvtap", master="uplink") + machine("first", 1, "direct")
                       + machine("second", 2, "direct"))
        wait_for_agent(machines, "first", "second")
        wait_until(lambda: reaches(machines, "first", "10.55.0.2"), 60, "second from first")
        assert "uplink" in machines.host.virsh("domiflist", "lab_first")
        backend = path("first") + "/interface/backend"
        machines.wait_for_property(backend, "Interface", "MacAddress", lambda mac: mac == "02:00:00:5e:20:01")
        delete(machines, "first", "second")
    finally:
        udev.terminate()
        udev.wait(60)
    wait_until(lambda: "macvtap" not in machines.host.run("ip", "link").stdout, 60, "the end of the taps")
    assert machines.host.run("ip", "link", "show", "uplink").stdout


@pytest.mark.parametrize(
    "config, part",
    [
        ({"type": "bridge", "bridge": "br9", "vlan": 5}, "VLAN"),
        ({"type": "sriov"}, "another binding"),
        ({"type": "macvtap", "master": "eth9"}, "no network device eth9"),
        (None, "The NetworkAttachmentDefinition lab/lost is not there"),
    ],
)
def test_what_the_host_lacks_is_told(machines, config, part):
    if config:
        machines.apply(define("lost", **config))
    machines.apply(machine("lost", 1, "lost"))

    def told(conditions):
        return any(
            c["type"] == "Synchronized" and c["reason"] == "Unschedulable" and part in c["message"] for c in conditions
        )

    machines.wait_for_property(path("lost"), INSTANCE, "Conditions", told)
    delete(machines, "lost")
    if config:
        machines.call(object_path("NetworkAttachmentDefinition", "lost", "lab"), "Object", "Delete", "(a{sv})", {})
