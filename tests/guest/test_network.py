# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks of guests: masquerade with its leases, filter and published ports, and bridges."""
import json

import pytest
import yaml

from host_service import IMAGES
from lab import wait_until
from service import object_path

INSTANCE = "VirtualMachineInstance"

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: NAME}
spec:
  runStrategy: Always
  template:
    metadata:
      annotations: ANNOTATIONS
    spec:
      terminationGracePeriodSeconds: 1
      domain:
        memory: {guest: 128Mi}
        devices:
          disks:
            - {name: root, disk: {bus: virtio}}
          interfaces: INTERFACES
      networks: NETWORKS
      volumes:
        - {name: root, hostDisk: {path: IMAGE, type: Disk}}
"""
POD = [{"name": "default", "pod": {}}]


def write_guest(name, interface=None, networks=None, annotations=None, interfaces=None):
    """A virtual machine, by default with masquerade on the pod network."""
    values = {
        "NAME": name,
        "ANNOTATIONS": json.dumps(annotations or {}),
        "INTERFACES": json.dumps(interfaces or [{"name": "default", "masquerade": {}, **(interface or {})}]),
        "NETWORKS": json.dumps(networks or POD),
        "IMAGE": f"{IMAGES}/{name}.img",
    }
    text = GUEST
    for key, value in values.items():
        text = text.replace(key, value)
    return text


class Guests:
    """Virtual machines on the host, and what is reached of them."""

    def __init__(self, service):
        self.service = service
        self.host = service.host

    def start(self, name, **how):
        self.service.image(f"{name}.img")
        self.service.apply(write_guest(name, **how))
        self.wait(name)

    def wait(self, name):
        """Until its agent answers, which it does last of all."""
        self.service.wait_for_property(
            object_path(INSTANCE, name), "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240
        )

    def run(self, name, command):
        return self.host.in_guest(f"default_{name}", command).strip()

    def pings(self, name, address, *options):
        """Until one answers; that a guest has just got its address may not be known everywhere yet."""
        self.host.wait_in_guest(f"default_{name}", " ".join(["ping", *options, "-c 1 -W 5", address]), bool)

    def hears(self, name, address, port, answer):
        """Until it hears that at a port of another."""
        self.host.wait_in_guest(f"default_{name}", f"nc -w 5 {address} {port} </dev/null", answer)

    def address(self, name, device="eth0"):
        """The IPv4 address that the guest has got by DHCP."""
        return wait_until(
            lambda: self.run(name, f"ip -4 -o addr show dev {device} | awk '{{print $4}}' | cut -d / -f 1"),
            60, f"a lease of {name}",
        )

    def listen(self, name, *ports):
        for port in ports:
            self.run(name, f"nc -ll -p {port} -e echo from-{name} >/dev/null 2>&1 </dev/null &")

    def ask(self, address, port, host=None):
        """What answers at a port, seen from the host; nothing where nobody does."""
        return (host or self.host).run(
            "timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port} && cat <&3", check=False
        ).stdout.strip()

    def delete(self, *names):
        for name in names:
            self.service.call(object_path("VirtualMachine", name), "Object", "Delete", "(a{sv})", {})
        paths = [object_path(kind, name) for kind in ("VirtualMachine", INSTANCE) for name in names]
        wait_until(lambda: not set(paths) & set(self.service.objects()), 60, f"the end of {names}")


@pytest.fixture(scope="module", name="guests")
def fixture_guests(lab, service):
    guests = Guests(service)
    lab.host("b")
    guests.start("web", interface={"ports": [{"port": 80}, {"port": 81}]},
                 annotations={"barevirt.org/publish": "8080:80/tcp, 8081:81"})
    guests.start("open")
    guests.listen("web", 80, 82)
    guests.listen("open", 80)
    return guests


def wait_for_answer(guests, address, port, answer, host=None):
    """Its listener starts in the background."""
    wait_until(lambda: guests.ask(address, port, host) == answer, 60, f"{answer} at {address}:{port}")


def test_guests_get_their_leases(guests):
    first, second = guests.address("web"), guests.address("open")
    assert first != second
    assert first.startswith("10.0.2.") and second.startswith("10.0.2.")


def test_interfaces_are_told(guests):
    """On the bus, and as KubeVirt has them in the status; the agent's word is not needed for the address."""
    path = object_path(INSTANCE, "web") + "/interface/default"
    address = guests.address("web")
    mac = guests.run("web", "cat /sys/class/net/eth0/address")
    for name, value in {"InterfaceName": "eth0", "MacAddress": mac, "LinkState": "up", "InfoSource": "domain, guest-agent"}.items():
        guests.service.wait_for_property(path, "Interface", name, value.__eq__)
    guests.service.wait_for_property(path, "Interface", "Addresses", lambda told: told[:1] == [address])
    guests.service.wait_for_property(object_path(INSTANCE, "web"), INSTANCE, "Addresses", lambda told: told[:1] == [address])
    status = yaml.safe_load(guests.service.barevirt("get", "vmi", "web", "-o", "yaml").stdout)["status"]
    assert [(i["name"], i["mac"], i["ipAddress"]) for i in status["interfaces"]] == [("default", mac, address)]


def test_guest_reaches_the_host_and_beyond(guests):
    guests.address("web")
    for address in "10.0.2.1", "10.99.0.1", "10.99.0.2":
        guests.pings("web", address)


def test_ports_filter_what_comes_from_the_host(guests):
    address = guests.address("web")
    wait_for_answer(guests, address, 80, "from-web")
    assert guests.ask(address, 82) == ""
    wait_for_answer(guests, guests.address("open"), 80, "from-open")


def test_published_port_leads_to_the_guest(guests, lab):
    other = lab.hosts["b"]
    for host, address in ((guests.host, "127.0.0.1"), (guests.host, "10.99.0.1"), (other, "10.99.0.1")):
        wait_for_answer(guests, address, 8080, "from-web", host)


def test_nothing_else_comes_from_outside(guests, lab):
    """Not even for one who has a route to the guests."""
    other = lab.hosts["b"]
    other.run("ip", "route", "replace", "10.0.2.0/24", "via", "10.99.0.1")
    assert guests.ask(guests.address("web"), 80, other) == ""
    assert guests.ask(guests.address("open"), 80, other) == ""


def test_guests_reach_each_other_by_ports(guests):
    address = guests.address("web")
    guests.hears("open", address, 80, "from-web")
    assert guests.run("open", f"nc -w 5 {address} 82 </dev/null || true") == ""
    guests.hears("web", guests.address("open"), 80, "from-open")


def test_guest_reaches_a_published_port_of_another(guests):
    """A kernel that gives bridged frames to the filter would bridge these, to a port that hears no other."""
    guests.host.run("sh", "-c", "echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables")
    guests.hears("open", "10.99.0.1", 8080, "from-web")


def test_guest_cannot_take_another_address(guests):
    """Neither that of a neighbour nor one that nobody has."""
    guests.run("open", "ip addr add 10.0.2.77/24 dev eth0")
    assert "100% packet loss" in guests.run("open", "ping -c 2 -W 1 -I 10.0.2.77 10.0.2.1 || true")
    guests.run("open", "ip addr del 10.0.2.77/24 dev eth0")
    guests.pings("open", "10.0.2.1")


def test_flushed_rules_come_back(guests):
    guests.host.run("nft", "flush", "ruleset")
    wait_for_answer(guests, "10.99.0.1", 8080, "from-web")
    assert guests.ask(guests.address("web"), 82) == ""


def test_service_killed_and_restarted_knows_its_guests(guests):
    guests.service.kill()
    guests.host.run("nft", "flush", "ruleset")
    guests.service.start()
    wait_for_answer(guests, "10.99.0.1", 8080, "from-web")
    assert guests.ask(guests.address("web"), 82) == ""


def test_guest_that_starts_while_others_are_found_has_its_rules(guests):
    """One died while the service was away: it starts while the other's rules are made again."""
    uid = guests.service.get(object_path(INSTANCE, "open"), "Object", "Uid")
    guests.service.kill()
    guests.host.run("nft", "flush", "ruleset")
    guests.host.virsh("destroy", "default_open")
    guests.service.start()
    guests.service.wait_for_property(object_path(INSTANCE, "open"), "Object", "Uid", lambda new: new != uid)
    guests.wait("open")
    guests.address("open")
    guests.run("open", "ip addr add 10.0.2.77/24 dev eth0")
    assert "100% packet loss" in guests.run("open", "ping -c 2 -W 1 -I 10.0.2.77 10.0.2.1 || true")
    guests.run("open", "ip addr del 10.0.2.77/24 dev eth0")
    guests.pings("open", "10.0.2.1")
    guests.listen("open", 80)
    wait_for_answer(guests, "10.99.0.1", 8080, "from-web")
    assert guests.ask(guests.address("web"), 82) == ""


def test_address_is_stable_over_a_restart(guests):
    before = guests.address("open"), guests.run("open", "cat /sys/class/net/eth0/address")
    uid = guests.service.get(object_path(INSTANCE, "open"), "Object", "Uid")
    guests.service.call(object_path("VirtualMachine", "open"), "VirtualMachine", "Restart", "(a{sv})", {})
    guests.service.wait_for_property(object_path(INSTANCE, "open"), "Object", "Uid", lambda new: new != uid)
    guests.wait("open")
    assert (guests.address("open"), guests.run("open", "cat /sys/class/net/eth0/address")) == before


def find_message(guests, name, part):
    def told(conditions):
        return any(c["type"] == "Synchronized" and part in c["message"] for c in conditions)

    return guests.service.wait_for_property(object_path(INSTANCE, name), INSTANCE, "Conditions", told)


def test_published_port_in_use_is_refused_with_its_owner(guests):
    guests.service.image("second.img")
    guests.service.apply(write_guest("second", annotations={"barevirt.org/publish": "8080:80"}))
    find_message(guests, "second", "published by VirtualMachineInstance default/web")
    guests.delete("second")


def test_range_of_the_host_is_refused(guests):
    guests.service.image("second.img")
    guests.service.apply(
        write_guest("second", networks=[{"name": "default", "pod": {"vmNetworkCIDR": "192.168.122.0/25"}}])
    )
    find_message(guests, "second", "virbr0")
    guests.delete("second")


def test_own_range_and_options(guests):
    options = {
        "bootFileName": "boot.ipxe", "tftpServerName": "boot.example", "ntpServers": ["10.99.0.2"],
        "privateOptions": [{"option": 240, "value": "one, \"two\"\n3"}],
    }
    guests.start("own", interface={"dhcpOptions": options},
                 networks=[{"name": "default", "pod": {"vmNetworkCIDR": "10.77.0.0/24"}}])
    assert guests.address("own").startswith("10.77.0.")
    lease = guests.run(
        "own", "echo 'env >/tmp/lease' >/tmp/script; chmod +x /tmp/script; sed -i '1i #!/bin/sh' /tmp/script; "
        "udhcpc -n -q -f -t 20 -i eth0 -O ntpsrv -O tftp -O bootfile -O 240 -s /tmp/script >/dev/null 2>&1; cat /tmp/lease",
    )
    assert "ntpsrv=10.99.0.2" in lease
    assert "boot_file=boot.ipxe" in lease or "bootfile=boot.ipxe" in lease
    assert "tftp=boot.example" in lease
    assert "opt240=" + b'one, "two"\n3'.hex() in lease
    guests.pings("own", "10.99.0.2")
    guests.delete("own")


def test_ipv6(guests):
    """The address is reserved; this guest has no DHCPv6 client and takes it by hand."""
    hosts = dict(
        line.rstrip("]").split(",[")
        for line in guests.host.run("cat", "/run/barevirt/networks/barevirt").stdout.split()
    )
    address = hosts[guests.run("web", "cat /sys/class/net/eth0/address")]
    guests.run("web", "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad")
    guests.run("web", f"ip -6 addr add {address}/120 dev eth0")
    guests.pings("web", "fd10:0:2::1", "-6")
    guests.host.run("ip", "-6", "addr", "add", "fd99::1/64", "dev", "lo")
    guests.run("web", "nc -ll -p 81 -e echo six-web >/dev/null 2>&1 </dev/null &")
    guests.run("web", "ip -6 route replace default via fd10:0:2::1")
    wait_for_answer(guests, address, 81, "six-web")
    wait_for_answer(guests, "fd99::1", 8081, "six-web")


def test_ipv6_between_guests(guests):
    """By the host, which answers for each of them and filters. By hand, for want of a DHCPv6 client."""
    hosts = dict(
        line.rstrip("]").split(",[")
        for line in guests.host.run("cat", "/run/barevirt/networks/barevirt").stdout.split()
    )
    addresses = {name: hosts[guests.run(name, "cat /sys/class/net/eth0/address")] for name in ("web", "open")}
    guests.run("open", f"ip -6 addr add {addresses['open']}/120 dev eth0")
    # It asks first whether somebody has its address, and nobody must say so.
    wait_until(lambda: "tentative" not in guests.run("open", "ip -6 addr show dev eth0"), 60, "the address of open")
    assert "dadfailed" not in guests.run("open", "ip -6 addr show dev eth0")
    five = f"ping -6 -c 5 -W 5 {addresses['web']}"
    guests.host.wait_in_guest("default_open", five, lambda told: told.count("bytes from") == 5)
    guests.run("web", "for port in 80 82; do nc -ll -p $port -e echo six-web >/dev/null 2>&1 </dev/null & done")
    wait_until(lambda: "six-web" in guests.run("open", f"nc -w 5 {addresses['web']} 81 </dev/null || true"), 60, "web by IPv6")
    assert guests.run("open", f"nc -w 5 {addresses['web']} 82 </dev/null || true") == ""


def test_clean_up_leaves_nothing(guests):
    guests.delete("web", "open")
    script = ("virsh -q net-list --all --name; nft list tables; ip link; ps ax | grep '[d]nsmasq'; "
              "find /run/barevirt -path '*/networks*'")
    wait_until(lambda: "barevirt" not in guests.host.run("sh", "-c", script, check=False).stdout, 60, "the end of the networks")
